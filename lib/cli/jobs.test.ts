import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobs } from '@/lib/registry/jobs.gen';
import { closeWebStore } from '@/lib/store/web-store';
import { type StartedApi, startApiServer } from '@/lib/testing/api-server';
import { cliOf, type RunCli, tokenFor } from '@/lib/testing/cli';
import { type EngineWorld, engineWorld } from '@/lib/testing/engine-world';
import { testOrigin, testSecret } from '@/lib/testing/web';
import type { RunningWorker } from '@/workers/worker';

let world: EngineWorld;
let worker: RunningWorker;
let api: StartedApi;
let operator: RunCli;
let cluster: string;

beforeAll(async () => {
  world = await engineWorld(jobs);
  await closeWebStore();
  process.env.DATABASE_URL = world.console.webUrl;
  process.env.NEXTAUTH_SECRET = testSecret;
  process.env.NEXTAUTH_URL = testOrigin;
  [worker, api] = await Promise.all([world.startWorker(), startApiServer()]);
  operator = cliOf(api.url, await tokenFor('operator'));
  cluster = `cluster ${world.clusterId}`;
});
afterAll(async () => {
  await api.close();
  await worker.stop(1_000);
  await closeWebStore();
  await world.stop();
});

const plan = (...more: string[]) =>
  operator(['jobs', 'plan', 'logical-backup', '--cluster', cluster, ...more]);

test('a backup is planned, reviewed, run and followed to its end, then listed', async () => {
  const planned = await plan('--input', 'database=postgres', 'jobs=1', '--json');
  expect(planned).toMatchObject({ code: 0, error: '' });
  const { id, hash } = JSON.parse(planned.out);
  const shown = await operator(['jobs', 'show', id]);
  expect(shown.code).toBe(0);
  expect(shown.out).toContain('pg_dump');
  expect(shown.out).toContain(`plumbline jobs run ${id} --hash ${hash}`);
  const other = await operator(['jobs', 'run', id, '--hash', 'f'.repeat(64)]);
  expect(other).toMatchObject({ code: 5, out: '' });
  const ran = await operator(['jobs', 'run', id, '--hash', hash, '--follow']);
  expect(ran.error).toBe('');
  expect(ran.code).toBe(0);
  expect(ran.out).toContain(': succeeded');
  const again = await operator(['jobs', 'run', id, '--json']);
  const runId = JSON.parse(again.out).id;
  expect(ran.out).toContain(`Run ${runId}`);
  expect((await operator(['jobs', 'log', runId])).out).toMatch(/\[\w+\]/);
  const cancelled = await operator(['jobs', 'cancel', runId]);
  expect(cancelled).toMatchObject({ code: 5, out: '' });
  const backups = await operator(['backups', 'list', '--cluster', cluster]);
  expect(backups.out).toMatch(/postgres .*ready .*never/);
});

test('wrong input and acts that the role may not do have their exit codes', async () => {
  const missing = await plan();
  expect(missing.code).toBe(2);
  expect(missing.error).toContain('database');
  const noNumber = await plan('--input', 'database=postgres', 'jobs=99');
  expect(noNumber.code).toBe(2);
  const noPair = await plan('--input', 'database');
  expect(noPair).toMatchObject({ code: 2, error: expect.stringContaining('is not field=value') });
  const absent = await plan('--input', 'database=no such database');
  expect(absent.code).toBe(2);
  const fromStdin = await operator(
    ['jobs', 'plan', 'logical-backup', '--cluster', cluster, '--input-file', '-', '--json'],
    { stdin: '{"database": "postgres"}' },
  );
  expect(fromStdin.code).toBe(0);
  const unknown = await operator(['jobs', 'plan', 'nonsense', '--cluster', cluster]);
  expect(unknown).toMatchObject({ code: 6, error: expect.stringContaining('logical-backup') });
  const notAllowed = await operator([
    ...['jobs', 'plan', 'reindex-concurrently', '--cluster', cluster],
    ...['--input', 'database=postgres', 'schema=public', 'index=x'],
  ]);
  expect(notAllowed.code).toBe(4);
  expect((await operator(['jobs', 'list'])).out).toMatch(/logical-backup .*database.* may\n/);
});

test('a kept copy is asked for or comes from a file, never from an argument, and is sent apart from the input', async () => {
  const [kind = ''] = Object.entries(jobs).find(([, job]) => job.shows === 'escrow') ?? [];
  const untyped = await operator(['jobs', 'plan', kind, '--cluster', cluster]);
  expect(untyped).toMatchObject({ code: 2, error: expect.stringContaining('--typed-file') });
  const typed = await operator(['jobs', 'plan', kind, '--cluster', cluster, '--typed-file', '-'], {
    stdin: 'typed-from-paper\n',
  });
  expect(typed.error).toContain('The cluster has no repository 1.');
  expect(typed.error + typed.out).not.toContain('typed-from-paper');
});
