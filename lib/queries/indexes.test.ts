import { afterAll, beforeAll, expect, test } from 'vitest';
import { instanceIndexesSchema } from '@/lib/contract/indexes';
import { indexesOfInstance } from '@/lib/queries/indexes';
import { catalogue } from '@/lib/registry/descriptors';
import { type Readiness, readiness } from '@/lib/testing/readiness';

let cluster: Readiness;
let primary: string;
let standby: string;

const checkOf = (part: string) => catalogue.checks.find(({ feeds }) => feeds === part)?.id ?? '';
const named = (index: string) => ({ schema: 'public', table: 't', index });
const usage = (index: string, verdict: string, more = {}) => ({
  ...named(index),
  bytes: 1e6,
  scans: 0,
  quiet_seconds: 40 * 86_400,
  usage: 'not used in the 40 days that are known',
  verdict,
  definition: `CREATE INDEX ${index} ON public.t USING btree (${index})`,
  note: '',
  unknown_reason: null,
  ...more,
});

beforeAll(async () => {
  cluster = await readiness();
  primary = await cluster.addInstance('primary', 'primary');
  standby = await cluster.addInstance('standby', 'standby');
  const rows = [
    usage('lonely', 'unused'),
    usage('busy', 'used', { scans: 9, usage: 'used 3 days ago' }),
    usage('elsewhere', 'used on another server'),
    usage('t_pkey', 'kept: primary key'),
    usage('broken', 'kept: invalid, used by nothing'),
    usage('twin', 'used'),
    usage('far', 'unknown', { unknown_reason: 'a standby is not watched' }),
  ];
  await cluster.answer(checkOf('indexes.usage'), primary, rows, { database: 'orders' });
  await cluster.answer(
    checkOf('indexes.usage'),
    standby,
    [usage('elsewhere', 'judged on the primary', { scans: 7, usage: 'used 2 days ago' })],
    { database: 'orders' },
  );
  await cluster.answer(
    checkOf('indexes.state'),
    primary,
    [{ ...named('broken'), method: 'gin', invalid: 1 }],
    { database: 'orders' },
  );
  await cluster.answer(
    checkOf('indexes.duplicates'),
    primary,
    [{ ...named('twin'), how: 'is the same as', redundant_with: 'busy', note: '' }],
    { database: 'orders' },
  );
  const definition = 'create index on public.lines (order_id)';
  const key = {
    schema: 'public',
    table: 'lines',
    constraint: 'c',
    columns: 'order_id',
    parent: 'orders',
    definition,
  };
  for (const [database, seq_rows] of [
    ['orders', 10],
    ['users', 9000],
  ] as const) {
    const read = { table_rows: 5000, parent_deletes: 0, parent_updates: 0, seq_scans: 2, seq_rows };
    await cluster.answer(checkOf('indexes.foreign-keys'), primary, [{ ...key, ...read }], { database });
  }
  const advised = (column: string) => ({
    ...{
      schema: 'public',
      table: 't',
      definition: `create index on "public"."t" ("${column}")`,
      method: 'btree',
    },
    ...{ proven: true, unproven: null, bytes: 8192, tableBytes: 1e6, tableRows: 1000, indexesNow: 2 },
    ...{ writesPerSecond: 3, updatedColumns: [] },
    statements: [{ queryid: '7', calls: 10, costBefore: 1000, costAfter: 10 }],
  });
  const facts = { statements: 9, relevant: 1, planned: 1, candidates: 3, refused: [], unproven: null };
  await cluster.evidence('index-advice', 'orders', 'info', 900, { ...facts, advice: [] });
  await cluster.evidence('index-advice', 'orders', 'info', 60, {
    ...facts,
    advice: [advised('wanted'), advised('busy')],
  });
});
afterAll(() => cluster.close());

test('one verdict for each index, with usage on every server of the cluster', async () => {
  const answer = instanceIndexesSchema.parse(await indexesOfInstance(cluster.db, 'viewer', primary));
  expect(
    Object.fromEntries(answer.items.map(({ index, verdict, why }) => [index, `${verdict}: ${why}`])),
  ).toEqual({
    lonely: 'unused: not used in the 40 days that are known',
    busy: 'used: used 3 days ago',
    elsewhere: 'used: not used in the 40 days that are known, on another server',
    t_pkey: 'kept: primary key',
    broken: 'invalid: No query uses it; writes pay for it.',
    twin: 'duplicate: It is the same as busy.',
    far: 'unknown: not used in the 40 days that are known, but a standby is not watched',
  });
  expect(answer.items.find(({ index }) => index === 'elsewhere')?.elsewhere).toMatchObject([
    { instance: 'standby', scans: 7, usage: 'used 2 days ago' },
  ]);
  // Of keys in two databases, the one whose table is scanned more stands first.
  expect(answer.foreignKeys).toMatchObject([
    { database: 'users', table: 'lines', columns: 'order_id', rows: 5000, seqScans: 2, seqRows: 9000 },
    { database: 'orders', seqRows: 10 },
  ]);
  const { acts } = answer;
  expect([acts.onIndex.length, acts.create !== null, acts.advise !== null]).toEqual([2, true, true]);
});

test('the newest advice of a database is shown; an index that is there by now is marked', async () => {
  const { advice } = await indexesOfInstance(cluster.db, 'viewer', primary);
  expect(advice.length).toBe(1);
  expect(advice[0]?.items.map(({ definition, isThere }) => [definition, isThere])).toEqual([
    ['create index on "public"."t" ("wanted")', false],
    ['create index on "public"."t" ("busy")', true],
  ]);
  expect(advice[0]?.items[0]?.statements).toMatchObject([{ queryid: '7', costBefore: 1000, text: null }]);
});

test('another server of the cluster shows its own figures and the same advice', async () => {
  const { items, advice } = await indexesOfInstance(cluster.db, 'viewer', standby);
  expect([items.map(({ verdict }) => verdict), advice.length]).toEqual([['standby'], 1]);
  await expect(indexesOfInstance(cluster.db, 'viewer', cluster.clusterId)).rejects.toMatchObject({
    code: 'not-found',
  });
});
