import { readdirSync, utimesSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withExposure } from '@/lib/checks/archiver';
import type { CheckRow } from '@/lib/engine/define-check';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres({
    config: { archive_mode: 'on', archive_command: 'true', wal_level: 'replica' },
  });
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

it('says why when nothing is archived', async () => {
  await server.restart({ archive_command: '' });
  const watch = await watchWith('archiver', server);
  const watched = await watch.run();
  expect(watched.rows).toMatchObject([{ exposure_seconds: null }]);
  expect(watched.findings).toMatchObject([{ level: 'unknown', judged: 'exposure_seconds' }]);
  await watch.close();
  await server.restart({ archive_command: 'true' });
});

it('fires when segments wait since minutes and archiving fails, and closes when it works again', async () => {
  const watch = await watchWith('archiver', server);
  await sqlOn(server, 'postgres', 'create table filler (v text)', 'select pg_switch_wal()');
  await until(async () => Number((await watch.run()).rows[0]?.archived) > 0, 'a segment is archived');
  expect((await watch.run()).findings).toEqual([]);

  await sqlOn(server, 'postgres', "alter system set archive_command = 'false'", 'select pg_reload_conf()');
  await sqlOn(server, 'postgres', "insert into filler values ('lost?')", 'select pg_switch_wal()');
  await until(async () => Number((await watch.run()).rows[0]?.failed) > 0, 'archiving has failed');
  const status = `${server.dataDir}/pg_wal/archive_status`;
  const longAgo = Date.now() / 1000 - 1000;
  for (const name of readdirSync(status))
    if (name.endsWith('.ready')) utimesSync(`${status}/${name}`, longAgo, longAgo);
  const sick = await watch.run();
  expect(sick.findings).toMatchObject([
    { judged: 'exposure_seconds', level: 'crit', object: 'db1' },
    { judged: 'failing_seconds', level: 'crit' },
  ]);
  expect(sick.rows[0]?.exposure_seconds).toBeGreaterThan(990);

  await sqlOn(server, 'postgres', "alter system set archive_command = 'true'", 'select pg_reload_conf()');
  await until(async () => (await watch.run()).findings.length === 0, 'archiving works again');
  const cured = await watch.run();
  expect(cured.rows).toMatchObject([{ waiting_segments: 0, failing_seconds: 0 }]);
  await watch.close();
});

const segment = 16_777_216;
const row = (
  values: Partial<Record<'now' | 'position' | 'xid' | 'archivedTo' | 'waiting', number>>,
): CheckRow => ({
  not_archiving: null,
  now_epoch: values.now ?? 0,
  position: values.position ?? 0,
  next_xid: values.xid ?? 1,
  archived_to: values.archivedTo ?? null,
  oldest_waiting_epoch: values.waiting ?? null,
});
const exposures = (rows: CheckRow[]) => {
  const seen: (number | null)[] = [];
  let previous: CheckRow | undefined;
  for (const each of rows) {
    previous = withExposure(each, previous);
    seen.push(previous.exposure_seconds as number | null);
  }
  return seen;
};

it('is 0 on an idle server however long ago the last segment was archived', () => {
  expect(
    exposures([
      row({ now: 0, position: segment, xid: 7, archivedTo: segment }),
      // An idle server writes some bytes of its own, without a transaction.
      row({ now: 600, position: segment + 200, xid: 7, archivedTo: segment }),
      row({ now: 90_000, position: segment + 400, xid: 7, archivedTo: segment }),
    ]),
  ).toEqual([0, 0, 0]);
});

it('counts from the tick before the first change that is not archived', () => {
  expect(
    exposures([
      row({ now: 0, position: segment, xid: 7, archivedTo: segment }),
      row({ now: 100, position: segment, xid: 7, archivedTo: segment }),
      row({ now: 110, position: segment + 500, xid: 8, archivedTo: segment }),
      row({ now: 120, position: segment + 900, xid: 9, archivedTo: segment }),
      row({ now: 400, position: segment + 900, xid: 9, archivedTo: segment }),
      // The segment that holds them is archived; a newer change is not.
      row({ now: 410, position: 2 * segment + 100, xid: 10, archivedTo: 2 * segment }),
      row({ now: 420, position: 2 * segment + 100, xid: 10, archivedTo: 2 * segment }),
    ]),
  ).toEqual([0, 0, 10, 20, 300, 10, 20]);
});

it('stays exact over thousands of ticks of a stuck archiver', () => {
  const rows = Array.from({ length: 5000 }, (_, tick) =>
    row({ now: tick * 10, position: segment + tick * 1000, xid: 7 + tick, archivedTo: segment }),
  );
  expect(exposures(rows).at(-1)).toBe(49_990);
});
