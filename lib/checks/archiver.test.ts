import { readdirSync, utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withExposure } from '@/lib/checks/archiver';
import type { CheckRow } from '@/lib/engine/define-check';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

const setting = (command: string) => [
  `alter system set archive_command = '${command}'`,
  'select pg_reload_conf()',
];
const write = [
  'create table if not exists moved (n int)',
  'insert into moved values (1)',
  'select pg_switch_wal()',
];

test('archiver: silent, then an archive command that fails, then it works again', async () => {
  const server = await startPostgres({ config: { archive_mode: 'on', archive_command: 'true' } });
  await makeWatchLogin(server);
  const watcher = await watchWith('archiver', server);
  await sqlOn(server, 'postgres', ...write);
  const settled = async () => (await watcher.run()).rows[0]?.waiting_segments === 0;
  await until(settled, 'all is archived');
  expect((await watcher.run()).findings).toEqual([]);

  await sqlOn(server, 'postgres', ...setting('false'), ...write);
  await until(async () => !(await settled()), 'a segment waits');
  const status = `${server.dataDir}/pg_wal/archive_status`;
  const longAgo = Date.now() / 1000 - 1000;
  for (const name of readdirSync(status)) {
    if (name.endsWith('.ready')) utimesSync(`${status}/${name}`, longAgo, longAgo);
  }
  const sick = await watcher.run();
  // The age itself is judged by the objective of the cluster, once, by another check.
  expect(Number(sick.rows[0]?.exposure_seconds)).toBeGreaterThan(990);
  expect(sick.findings).toMatchObject([
    {
      judged: 'failing_seconds',
      level: 'crit',
      sentence: expect.stringContaining('Archiving has failed for'),
    },
  ]);

  await sqlOn(server, 'postgres', ...setting('true'));
  await until(async () => {
    await sqlOn(server, 'postgres', 'select pg_switch_wal()');
    return settled();
  }, 'archived again');
  expect((await watcher.run()).findings).toEqual([]);
  await watcher.close();
  await server.stop();
});

test('archiver: without archiving the exposure is not known and the row says why', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  const watcher = await watchWith('archiver', server);
  expect(await watcher.run()).toMatchObject({
    rows: [{ exposure_seconds: null, not_archiving: expect.stringContaining('archive_mode is off') }],
    findings: [],
  });
  await watcher.close();
  await server.stop();
});

const tick = (
  now: number,
  xid: number,
  position: number,
  archivedTo: number | null,
  oldest: number | null = null,
): CheckRow => ({
  not_archiving: null,
  now_epoch: now,
  next_xid: xid,
  position,
  archived_to: archivedTo,
  oldest_waiting_epoch: oldest,
});

/** Exposure after each tick. */
function exposures(ticks: CheckRow[]): unknown[] {
  let previous: CheckRow | undefined;
  return ticks.map((row) => {
    previous = withExposure(row, previous);
    return previous.exposure_seconds;
  });
}

test('an idle server is exposed to nothing, however old its last archived segment is', () => {
  expect(exposures([tick(0, 10, 100, 100), tick(60, 10, 120, 100), tick(600, 10, 140, 100)])).toEqual([
    0, 0, 0,
  ]);
});

test('what was written since the newest archived moment is exposed, and archiving it ends that', () => {
  expect(
    exposures([
      tick(0, 10, 100, 100),
      tick(10, 11, 150, 100),
      tick(70, 12, 190, 100),
      tick(80, 12, 190, 200),
    ]),
  ).toEqual([0, 10, 70, 0]);
});
