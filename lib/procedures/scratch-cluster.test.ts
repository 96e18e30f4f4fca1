import { existsSync, readdirSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startScratchCluster } from '@/lib/procedures/scratch-cluster';
import { scratchDirectory } from '@/lib/testing/scratch';
import { listProcesses } from '@/lib/tools/process-groups';
import { findPostgresPrograms, serverFor } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

const major = serverFor(await findPostgresPrograms())?.major ?? 15;

test('a scratch cluster answers on its socket alone, archives nothing and leaves nothing', async () => {
  const scratch = scratchDirectory('sc');
  const lines: string[] = [];
  const cluster = await startScratchCluster({
    dir: `${scratch.path}/c`,
    major,
    settings: { work_mem: '7MB' },
    user: toolUserName(),
    signal: new AbortController().signal,
    log: (_level, text) => lines.push(text),
  });
  const session = await cluster.connect();
  const [settings] = await session.query(
    `select current_setting('listen_addresses') as listen, current_setting('archive_mode') as archive,
       current_setting('cluster_name') as name, current_setting('fsync') as fsync, current_setting('work_mem') as mem`,
  );
  expect(settings).toEqual({ listen: '', archive: 'off', name: 'drill', fsync: 'off', mem: '7MB' });
  expect(statSync(cluster.socketDir).mode & 0o077).toBe(0);
  const pid = Number(/process (\d+)/.exec(lines.join())?.[1]);
  await cluster.stop();
  await cluster.stop();
  expect(listProcesses().some((fact) => fact.pid === pid)).toBe(false);
  expect(readdirSync(`${scratch.path}/c`)).toEqual(['server.log']);
  scratch.remove();
});

test('a cancel while it starts leaves no process and no files', async () => {
  const scratch = scratchDirectory('sc');
  const stop = new AbortController();
  const starting = startScratchCluster({
    dir: `${scratch.path}/c`,
    major,
    user: toolUserName(),
    signal: stop.signal,
    log: () => {},
  });
  stop.abort();
  await expect(starting).rejects.toMatchObject({ code: 'cancelled' });
  expect(existsSync(`${scratch.path}/c/data`)).toBe(false);
  scratch.remove();
});

test('a major that is not installed names its package', async () => {
  const starting = startScratchCluster({
    dir: '/nowhere',
    major: 14 + 80,
    user: toolUserName(),
    signal: new AbortController().signal,
    log: () => {},
  });
  await expect(starting).rejects.toMatchObject({ next: expect.stringContaining('postgresql-94') });
});
