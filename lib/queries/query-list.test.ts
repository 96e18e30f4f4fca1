import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  queriesQuerySchema,
  queriesSchema,
  queryDetailQuerySchema,
  queryDetailSchema,
} from '@/lib/contract/queries';
import { queryOfInstance } from '@/lib/queries/query-detail';
import { queriesOfInstance } from '@/lib/queries/query-list';
import { makeDays } from '@/lib/store/day-partitions';
import { forgetStatements, rollUpStatements } from '@/lib/store/statement-rollups';
import { windowParts } from '@/lib/store/statement-windows';
import {
  appendStatements,
  KnownStatements,
  rememberStatements,
  type StatementDelta,
} from '@/lib/store/statements';
import { addTestInstance, type TestConsole, testConsole } from '@/lib/testing/console';

const hour = 3600;
const day = 86_400;
/** Yesterday at 13:20:30 UTC: single readings of that time are kept, and its hours and the days before are summed up. */
const end = Math.floor(Date.now() / 86_400_000) * day - day + 13 * hour + 20 * 60 + 30;
const now = new Date(end * 1000);
const iso = (at: number) => new Date(at * 1000).toISOString();

let console: TestConsole;
let instanceId: string;

const zeros = { planMs: 0, ioMs: 0, sharedRead: 0, sharedDirtied: 0, tempWritten: 0, walBytes: 0 };
function delta(queryid: string, more: Partial<StatementDelta> = {}): StatementDelta {
  return {
    ...{
      database: 'shop',
      username: 'app',
      queryid,
      toplevel: true,
      calls: 1,
      totalMs: 2,
      rows: 3,
      sharedHit: 4,
    },
    ...{ ...zeros, minMs: null, maxMs: null, lowerBound: false },
    ...more,
  };
}

const texts: Record<string, string> = {
  '1': 'select * from orders where id = $1',
  '2': 'update orders set v = $1',
  '3': `alter role x password 'hunter2'`,
  '4': 'select 1 /* own */',
};

/** Three days of a reading each ten minutes, as a collector stores them. */
beforeAll(async () => {
  console = await testConsole();
  const login = { purpose: 'watch', user: 'plumbline_watch', password: 'x' } as const;
  instanceId = (await addTestInstance(console, { host: '127.0.0.1', port: 1 }, { logins: [login] }))
    .instanceId;
  const db = console.workerDb;
  const start = end - 3 * day;
  await Promise.all(
    (['statement_samples', 'statement_readings'] as const).map((table) =>
      makeDays(db, table, new Date(start * 1000), now),
    ),
  );
  const known = new KnownStatements();
  const all = [
    delta('1'),
    delta('1', { username: 'batch', calls: 2, totalMs: 10, maxMs: 7, lowerBound: true }),
    delta('2', { sharedRead: 5, sharedDirtied: 6, walBytes: 700, planMs: 1, tempWritten: 8, ioMs: 0.5 }),
    delta('2', { toplevel: false, totalMs: 1 }),
    delta('3', { calls: 1, totalMs: 500 }),
    delta('4', { username: 'plumbline_watch', totalMs: 1000 }),
  ];
  await rememberStatements(
    db,
    instanceId,
    all.map((one) => ({ ...one, text: texts[one.queryid] ?? null })),
    known,
  );
  await db.transaction().execute(async (trx) => {
    for (let at = start + 30; at < end; at += 600) {
      const isUtility = Math.round(at - start - 30) % day === 0;
      const moved = all.filter(({ queryid }) => queryid !== '3' || isUtility);
      await appendStatements(trx, iso(at), 600, moved, known);
    }
  });
  await sql`
    insert into statement_readings (instance_id, at, seconds, entries, max_entries, moved, accounted_ms, database_ms,
      active_ms, evictions, was_away)
    select ${instanceId}::uuid, at, 600, 90, 100, 5, 900, 1000, 0, 2, false
    from generate_series(${iso(start + 30)}::timestamptz, ${iso(end)}::timestamptz, '10 minutes') as at`.execute(
    db,
  );
  while (await rollUpStatements(db, now));
});
afterAll(() => console.close());

const ask = async (query: object, role: 'dba' | 'viewer' = 'dba') =>
  queriesSchema.parse(
    await queriesOfInstance(console.webDb, role, instanceId, queriesQuerySchema.parse(query), now),
  );

/** What single readings say, without any sums. */
async function byHand(
  from: number,
  to: number,
): Promise<Map<string, { calls: number; ms: number; rows: number }>> {
  const { rows } = await sql<{ queryid: string; calls: number; ms: number; rows: number }>`
    select queryid, sum(calls)::float8 as calls, sum(total_ms + coalesce(plan_ms, 0)) as ms, sum(rows)::float8 as rows
    from statement_samples
    join statements on statements.id = statement_id
    where at >= to_timestamp(${from}) and at < to_timestamp(${to})
    group by 1`.execute(console.ownerDb);
  return new Map(rows.map(({ queryid, ...sums }) => [queryid, sums]));
}

test('a window is taken apart into days, hours and readings, with no moment twice and none left out', () => {
  const done = { hours: 20 * day + 5 * hour, days: 20 * day, readingsSince: 10 * day };
  for (const [from, to] of [
    [15 * day + 100, 20 * day + 6 * hour + 7],
    [19 * day + 100, 19 * day + 200],
    [12 * day, 13 * day],
    [20 * day + 4.5 * hour, 20 * day + 5.5 * hour],
    [20 * day + 6 * hour, 20 * day + 7 * hour],
  ] as const) {
    const parts = windowParts(from, to, done).sort((left, right) => left.from - right.from);
    expect(parts[0]?.from).toBe(from);
    expect(parts.at(-1)?.to).toBe(to);
    for (const [place, part] of parts.slice(1).entries()) expect(part.from).toBe(parts[place]?.to);
  }
  expect(windowParts(15 * day, 20 * day + hour, done).map(({ table }) => table)).toEqual([
    'statement_days',
    'statement_hours',
  ]);
  // Single readings of that time are gone: the whole hour stands in for them.
  expect(windowParts(9 * day + 100, 9 * day + 2 * hour, done)).toEqual([
    { table: 'statement_hours', from: 9 * day, to: 9 * day + 2 * hour },
  ]);
});

test.each([
  [end - 3 * day, end],
  [end - 2 * day - 1234, end - 777],
  [end - 26 * hour, end - 61],
  [end - 40 * 60, end],
  [Math.floor(end / day) * day - day, Math.floor(end / day) * day],
])('sums of a window (%d to %d) are those of its readings', async (from, to) => {
  const found = await ask({ from: iso(from), to: iso(to), own: 'shown' });
  const wanted = await byHand(from, to);
  expect(found.items.length).toBe(wanted.size);
  for (const item of found.items) {
    const sums = wanted.get(item.queryid);
    expect(item.calls).toBe(sums?.calls);
    expect(item.rows).toBe(sums?.rows);
    expect(item.totalMs).toBeCloseTo(sums?.ms ?? Number.NaN, 6);
  }
});

test('users of a query are one row, ranked and shared by time; nested calls and own ones do not count twice', async () => {
  const found = await ask({ range: '1h' });
  expect(found.items.map(({ queryid }) => queryid)).toEqual(['1', '2']);
  const [first, second] = found.items;
  expect(first).toMatchObject({
    users: ['app', 'batch'],
    databases: ['shop'],
    calls: 18,
    totalMs: 72,
    meanMs: 4,
    maxMs: 7,
    lowerBound: true,
    isOwn: false,
  });
  // Of all top-level time, the console's own included: 12 + 3 + 1000 a reading.
  expect(first?.sharePercent).toBeCloseTo((100 * 72) / (6 * 1015), 6);
  expect(second).toMatchObject({ walBytes: 4200, sharedDirtied: 36, tempWritten: 48, planMs: 6, ioMs: 3 });
  expect(found.totals).toMatchObject({ queries: 2, allMs: 6090, ownMs: 6000 });
  expect(found.spark.points).toBe(first?.spark.length);
  expect(found.coverage).toMatchObject({ percent: 90, evictions: 12, entries: 90, maxEntries: 100 });
  expect((await ask({ range: '1h', own: 'shown' })).items[0]).toMatchObject({ queryid: '4', isOwn: true });
});

test('it is ranked, cut and filtered by the server', async () => {
  expect((await ask({ range: '1h', sort: 'wal', limit: 1 })).items.map(({ queryid }) => queryid)).toEqual([
    '2',
  ]);
  expect((await ask({ range: '1h', user: 'batch' })).items).toMatchObject([{ queryid: '1', calls: 12 }]);
  expect((await ask({ range: '1h', database: 'none' })).items).toEqual([]);
  expect((await ask({ range: '1h', search: 'SET V' })).items.map(({ queryid }) => queryid)).toEqual(['2']);
  expect((await ask({ range: '1h', search: '_' })).items).toEqual([]);
});

test('a viewer neither sees literals nor finds them by searching', async () => {
  const window = { from: iso(end - 3 * day), to: iso(end) };
  expect((await ask({ ...window, search: 'hunter2' })).items.length).toBe(1);
  expect((await ask({ ...window, search: 'hunter2' }, 'viewer')).items).toEqual([]);
  const hidden = (await ask(window, 'viewer')).items.find(({ queryid }) => queryid === '3');
  expect(hidden).toMatchObject({ text: null, textHidden: true });
});

test('it is compared with the same window earlier, and a query page has curves, callers and gaps', async () => {
  const compared = await ask({ range: '1h', compareSeconds: day });
  expect(compared.items[0]?.earlier).toMatchObject({ calls: 18, totalMs: 72 });
  const detail = queryDetailSchema.parse(
    await queryOfInstance(
      console.webDb,
      'dba',
      { instanceId, queryid: '1' },
      queryDetailQuerySchema.parse({ from: iso(end - 4 * day), to: iso(end), compareSeconds: day }),
      now,
    ),
  );
  expect(detail.callers.map(({ username, calls }) => [username, calls])).toEqual([
    ['batch', 864],
    ['app', 432],
  ]);
  expect(detail.text).toBe(texts['1']);
  // Nobody read on the first day; from then on a reading of 600 s has three calls.
  expect(detail.series.callsPerSecond[0]).toBeNull();
  expect(detail.series.callsPerSecond.at(-2)).toBeCloseTo(3 / 600, 6);
  expect(detail.series.meanMs.at(-2)).toBeCloseTo(4, 6);
  await expect(
    queryOfInstance(console.webDb, 'dba', { instanceId, queryid: '99' }, queryDetailQuerySchema.parse({})),
  ).rejects.toMatchObject({ code: 'not-found' });
});

test('a statement that nobody calls any more goes after a hundred days, with its text', async () => {
  const texts = async () =>
    (await console.ownerDb.selectFrom('statement_texts').select('text').execute()).length;
  const before = await texts();
  expect(await forgetStatements(console.workerDb)).toBe(0);
  await sql`update statements set last_at = now() - interval '101 days' where queryid = '3'`.execute(
    console.ownerDb,
  );
  await sql`update statement_texts set first_seen_at = now() - interval '101 days'`.execute(console.ownerDb);
  expect(await forgetStatements(console.workerDb)).toBe(1);
  expect(await texts()).toBe(before - 1);
});
