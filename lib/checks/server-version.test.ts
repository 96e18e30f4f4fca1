import { expect, test } from 'vitest';
import { withSupport } from '@/lib/checks/server-version';
import { observe } from '@/lib/engine/observe';
import { majorReleases, supportOf } from '@/lib/engine/postgres-releases';
import { checkOf, makeWatchLogin, runCheckOnce } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

const day = (text: string) => Date.parse(`${text}T12:00:00Z`) / 1000;
const row = (versionNum: number, date: string) => ({
  version: `${Math.floor(versionNum / 10_000)}.${versionNum % 10_000}`,
  version_num: versionNum,
  now_epoch: day(date),
});

function judged(versionNum: number, date: string) {
  return observe({
    check: checkOf('server-version'),
    rows: [row(versionNum, date)],
    memory: { states: new Map() },
    serverEpoch: 1,
    steadySeconds: 1,
    peers: {},
    context: { instance: 'db1', cluster: 'shop', database: '' },
  }).verdicts;
}

test('server-version: silent when new, then behind, then near and past its end, unknown when newer than the table', () => {
  const fifteen = majorReleases.find(({ major }) => major === 15);
  const newest = 150_000 + (fifteen?.newestMinor ?? 0);
  expect(judged(newest, '2026-12-01')).toEqual([]);
  expect(judged(newest + 1, '2026-12-01')).toEqual([]);
  expect(judged(newest - 1, '2026-12-01')).toMatchObject([{ judged: 'minors_behind', level: 'warn' }]);
  expect(judged(newest - 4, '2026-12-01')).toMatchObject([{ judged: 'minors_behind', level: 'crit' }]);
  expect(judged(newest, '2027-08-01')).toMatchObject([{ judged: 'supported_seconds', level: 'warn' }]);
  expect(judged(newest, '2027-11-11')).toMatchObject([{ judged: 'supported_seconds', level: 'warn' }]);
  expect(judged(newest, '2027-11-12')).toMatchObject([{ judged: 'supported_seconds', level: 'crit' }]);
  expect(judged(990_001, '2027-01-01')).toMatchObject([
    { judged: 'minors_behind', level: 'unknown', sentence: expect.stringContaining('newer than the table') },
  ]);
});

test('server-version: each row of the table is of a day before the end of its major, in the order of majors', () => {
  for (const { major, newestMinor, asOf, supportedUntil } of majorReleases) {
    expect(supportOf(major * 10_000 + newestMinor, day(asOf))).toMatchObject({
      minorsBehind: 0,
      supportedUntil,
    });
    expect(asOf < supportedUntil).toBe(true);
  }
  expect(majorReleases.map(({ major }) => major)).toEqual([14, 15, 16, 17, 18]);
  expect(withSupport(row(150_003, '2026-11-01'))).toMatchObject({ not_known: null, minors_behind: 17 });
});

test('server-version: a real server tells its version', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  const seen = await runCheckOnce('server-version', server);
  expect(seen.rows[0]?.version).toMatch(new RegExp(`^${server.programs.version.replace('.', '\\.')}`));
  await server.stop();
});
