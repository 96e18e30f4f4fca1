import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { makeDays, turnDays } from '@/lib/store/day-partitions';
import { watermarkOf } from '@/lib/store/rollup';
import { rollUpSamples, rollupLevels } from '@/lib/store/sample-rollups';
import { append, type Sample, SeriesIds } from '@/lib/store/series';
import {
  bridgeJitter,
  findSeries,
  gridFor,
  meanOf,
  perSecond,
  ratioOf,
  readBuckets,
} from '@/lib/store/series-read';
import { type TestConsole, testConsole } from '@/lib/testing/console';

let console: TestConsole;
const clusterId = newId();
const instanceId = newId();
const dayMs = 86_400_000;

beforeAll(async () => {
  console = await testConsole();
  await console.ownerDb.insertInto('clusters').values({ id: clusterId, name: 'c' }).execute();
  await console.ownerDb
    .insertInto('instances')
    .values({
      id: instanceId,
      cluster_id: clusterId,
      name: 'i',
      host: 'h',
      port: 1,
      tls_mode: 'disable',
      state: 'active',
    })
    .execute();
});
afterAll(() => console.close());

const owner = { clusterId, instanceId };
const sample = (checkId: string, n: number | null, size: number | null, seconds: number | null): Sample => ({
  checkId,
  database: '',
  key: { name: `a"'<b>` },
  values: { hit: n, asked: n === null ? null : n * 2, size },
  seconds,
});

async function read(checkId: string, from: number, to: number, maxPoints: number, cadenceSeconds = 10) {
  const db = console.webDb;
  const series = await findSeries(db, { instanceIds: [instanceId], checkIds: [checkId], from });
  const grid = gridFor({ from, to, cadenceSeconds, maxPoints });
  const buckets = await readBuckets(
    db,
    series.map(({ id }) => id),
    3,
    grid,
  );
  const sums = buckets.get(series[0]?.id ?? -1);
  if (!sums) throw new Error('no samples');
  return { grid, sums, series };
}

test('days are made ahead and old ones dropped, by a worker with its own rights', async () => {
  const now = new Date('2026-03-10T12:00:00Z');
  const old = new Date(now.getTime() - 40 * dayMs);
  await makeDays(console.workerDb, 'samples', old, old);
  const first = await turnDays(console.workerDb, now);
  expect(first.made).toContain('samples_20260310');
  expect(first.made).toContain('samples_20260312');
  expect(first.made).toContain('statement_samples_20260312');
  expect(first.dropped).toEqual(['samples_20260129']);
  expect(await turnDays(console.workerDb, now)).toEqual({ made: [], dropped: [] });
});

test('a gap stays a gap, counters are rates over what was measured, ratios sums over sums', async () => {
  const t0 = Date.parse('2026-03-10T00:00:00Z') / 1000;
  const ids = new SeriesIds();
  for (const [offset, n, seconds] of [
    [0, null, null],
    [10, 50, 10],
    [20, 30, 10],
    [60, 40, 40],
  ] as const) {
    const at = new Date((t0 + offset) * 1000).toISOString();
    await append(console.workerDb, owner, at, [sample('gap', n, offset, seconds)], ids);
  }
  const { grid, sums, series } = await read('gap', t0, t0 + 80, 500);
  expect(grid).toEqual({ start: t0, stepSeconds: 10, points: 8 });
  expect(series[0]).toMatchObject({ key: { name: `a"'<b>` }, columns: ['hit', 'asked', 'size'] });
  expect(perSecond(sums, 0)).toEqual([null, 5, 3, null, null, null, 1, null]);
  expect(meanOf(sums, 2)).toEqual([0, 10, 20, null, null, null, 60, null]);
  expect(ratioOf(sums, [0], [1])).toEqual([null, 50, 50, null, null, null, 50, null]);
  expect(bridgeJitter(meanOf(sums, 2), sums, grid, 10)).toEqual([0, 10, 20, null, null, null, 60, null]);
  const wide = await read('gap', t0, t0 + 80, 2);
  expect(wide.grid.points).toBeLessThanOrEqual(2);
  expect(perSecond(wide.sums, 0)[0]).toBeCloseTo((50 + 30) / 20);
});

test('jitter leaves no hole: a bucket between two usual readings is bridged', async () => {
  const t0 = Date.parse('2026-03-10T01:00:00Z') / 1000;
  const ids = new SeriesIds();
  for (const offset of [0, 9.9, 20.1, 30]) {
    const at = new Date((t0 + offset) * 1000).toISOString();
    await append(console.workerDb, owner, at, [sample('jitter', 10, 1, 10.2)], ids);
  }
  const { grid, sums } = await read('jitter', t0, t0 + 40, 500);
  expect(meanOf(sums, 2)).toEqual([1, null, 1, 1]);
  expect(bridgeJitter(meanOf(sums, 2), sums, grid, 10)).toEqual([1, 1, 1, 1]);
});

test('sums of five minutes and of hours give the same answer as the samples, also where they meet', async () => {
  const t0 = Date.parse('2026-03-11T00:00:00Z') / 1000;
  const end = t0 + 4 * 3600;
  const ids = new SeriesIds();
  for (let offset = 0; offset < 4 * 3600; offset += 40) {
    const at = new Date((t0 + offset) * 1000).toISOString();
    await append(console.workerDb, owner, at, [sample('long', offset % 90, offset % 700, 40)], ids);
  }
  const before = { short: await read('long', t0, end, 24), long: await read('long', t0, end, 4) };
  expect([before.short.grid.stepSeconds, before.long.grid.stepSeconds]).toEqual([600, 3600]);
  const now = new Date((t0 + 3 * 3600 + 1000) * 1000);
  while (await rollUpSamples(console.workerDb, now)) {}
  expect(await watermarkOf(console.webDb, rollupLevels[0])).toBe(t0 + 3 * 3600 + 900);
  expect(await watermarkOf(console.webDb, rollupLevels[1])).toBe(t0 + 3 * 3600);
  for (const [maxPoints, wanted] of [
    [24, before.short],
    [4, before.long],
  ] as const) {
    const after = await read('long', t0, end, maxPoints);
    for (const place of [0, 1]) expect(perSecond(after.sums, place)).toEqual(perSecond(wanted.sums, place));
    expect(meanOf(after.sums, 2)).toEqual(meanOf(wanted.sums, 2));
    expect(after.sums.maxima).toEqual(wanted.sums.maxima);
  }
  await sql`delete from samples where at < to_timestamp(${t0 + 3 * 3600 + 900}::float8)`.execute(
    console.workerDb,
  );
  await sql`delete from sample_rollups where at < to_timestamp(${t0 + 3 * 3600}::float8)`.execute(
    console.workerDb,
  );
  expect((await read('long', t0, end, 4)).sums.sums).toEqual(before.long.sums.sums);
});

test('a grid has at most the points that were asked for and never a step below the cadence', () => {
  for (const length of [60, 900, 3600, 86_400, 7 * 86_400, 30 * 86_400]) {
    for (const maxPoints of [10, 300, 500]) {
      for (const cadenceSeconds of [10, 30, 60, 300]) {
        const grid = gridFor({ from: 1_000_003, to: 1_000_003 + length, cadenceSeconds, maxPoints });
        expect(grid.points).toBeLessThanOrEqual(maxPoints);
        expect(grid.stepSeconds).toBeGreaterThanOrEqual(cadenceSeconds);
        expect(grid.start).toBeLessThanOrEqual(1_000_003);
        expect(grid.start + grid.points * grid.stepSeconds).toBeGreaterThanOrEqual(1_000_003 + length);
        if (grid.stepSeconds >= 300) expect(grid.stepSeconds % 300).toBe(0);
      }
    }
  }
});
