import { mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '@/lib/store/db';
import { type ConsoleDatabase, consoleDatabase } from '@/lib/testing/console-database';
import { eventually } from '@/lib/testing/engine-world';
import { scratchDirectory } from '@/lib/testing/scratch';
import { runTool, startTool } from '@/lib/tools/process';
import { childrenOf, groupMembers, isSameProcess, sendSignal } from '@/lib/tools/process-groups';

const root = fileURLToPath(new URL('..', import.meta.url));
let database: ConsoleDatabase;
let owner: ReturnType<typeof openStore>;
let folder: string;
const scratch = scratchDirectory('worker');

beforeAll(async () => {
  folder = mkdtempSync(`${root}/node_modules/.plumbline-worker-`);
  database = await consoleDatabase();
  owner = openStore(database.ownerUrl, { applicationName: 'test', max: 2 });
  await build({
    entryPoints: { worker: `${root}/workers/index.ts`, guard: `${root}/workers/guard/index.ts` },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    alias: { '@': root.replace(/\/$/, '') },
    logLevel: 'error',
  });
});
afterAll(async () => {
  await owner.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
  scratch.remove();
});

const env = () => ({
  DATABASE_URL: database.workerUrl,
  PLUMBLINE_KEY_FILE: `${scratch.path}/key`,
  PLUMBLINE_WORK_DIR: `${scratch.path}/w`,
  PLUMBLINE_REPOSITORY_DIR: `${scratch.path}/r`,
  PLUMBLINE_WORKER_NAME: 'host "one"',
  PLUMBLINE_BEAT_SECONDS: '0.3',
  LOG_LEVEL: 'fatal',
});
const argv = (): [string, string] => [process.execPath, `${folder}/worker.mjs`];

test('the worker process says what it finds, and ends in order', async () => {
  const said: string[] = [];
  const onLine = (line: string) => said.push(line);
  const worker = await startTool({ argv: argv(), env: env(), onStdout: onLine, onStderr: onLine });
  const row = () =>
    owner.db.selectFrom('workers').selectAll().where('name', '=', 'host "one"').executeTakeFirst();
  await eventually(
    async () => (await row()) !== undefined,
    `a worker row; it said ${said.join(' ')}`,
    30_000,
  );
  const first = await row();
  expect(first).toMatchObject({ pid: worker.pid, state: 'running', pools: ['default'] });
  expect(first?.facts).toMatchObject({ wakeUp: 'listen', keyId: expect.any(String), runs: [] });
  expect(first?.facts.postgres).toContainEqual(expect.objectContaining({ hasServer: true }));
  expect(first?.facts.disks).toHaveLength(2);
  await eventually(async () => (await row())?.heartbeat_at !== first?.heartbeat_at, 'a second beat');
  const guards = childrenOf(worker.pid);
  expect(guards.length).toBeGreaterThanOrEqual(1);
  sendSignal(worker.pid, 'SIGTERM');
  expect((await worker.exited).exitCode).toBe(0);
  expect((await row())?.state).toBe('stopped');
  await eventually(
    () => guards.every((one) => !isSameProcess(one.pid, one.startTicks)),
    'the guard has ended',
  );
  expect(groupMembers(worker.groupId)).toEqual([]);
});

test('a console database of another version is refused before anything is written', async () => {
  await owner.db.insertInto('kysely_migration').values({ name: '9999-later', timestamp: 'later' }).execute();
  const before = await owner.db.selectFrom('workers').select('id').execute();
  const result = await runTool({ argv: argv(), env: env(), deadlineMs: 30_000 });
  await owner.db.deleteFrom('kysely_migration').where('name', '=', '9999-later').execute();
  expect(result.exitCode).toBe(1);
  expect(result.stdout).toContain('newer than this program');
  expect(await owner.db.selectFrom('workers').select('id').execute()).toEqual(before);
});
