import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GET as getNow } from '@/app/api/v1/now/route';
import { GET as getMoves } from '@/app/api/v1/now/statements/route';
import { newId } from '@/lib/base/ids';
import { nowSchema, statementMovesSchema } from '@/lib/contract/now';
import { recordResults } from '@/lib/store/check-results';
import { makeDays, turnDays } from '@/lib/store/day-partitions';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { callRoute, type TestWeb, testWeb } from '@/lib/testing/web';

let web: TestWeb;
let console: TestConsole;
let viewer: string;
let dba: string;
const clusterId = newId();
const watched = newId();
const fresh = newId();
const dayMs = 86_400_000;
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

beforeAll(async () => {
  web = await testWeb();
  console = await testConsole(web.console);
  viewer = (await web.signedIn('viewer')).cookie;
  dba = (await web.signedIn('dba')).cookie;
  const { ownerDb, workerDb } = console;
  await ownerDb.insertInto('clusters').values({ id: clusterId, name: 'shop' }).execute();
  for (const [id, name] of [
    [watched, 'db1'],
    [fresh, 'db2'],
  ] as const) {
    await ownerDb
      .insertInto('instances')
      .values({ id, cluster_id: clusterId, name, host: 'h', port: 1, tls_mode: 'disable', state: 'active' })
      .execute();
  }
  await ownerDb
    .insertInto('instance_logins')
    .values({
      ...{ instance_id: watched, purpose: 'watch', username: 'plumbline_watch' },
      ...{ sealed: Buffer.from(''), key_id: console.keyPair.keyId },
    })
    .execute();
  await turnDays(workerDb);
  await makeDays(workerDb, 'statement_samples', new Date(Date.now() - 2 * dayMs), new Date());
});
afterAll(async () => {
  await console.close();
  await web.close();
});

interface Seen {
  /** Minutes ago, calls and ms of one reading each. */
  at: [minutes: number, calls: number, ms: number][];
  instanceId?: string;
  username?: string;
  firstMinutes?: number;
}

let queryids = 100;
async function seen(text: string, { at, instanceId = watched, username = 'app', firstMinutes = 3000 }: Seen) {
  queryids += 1;
  const hash = createHash('sha256').update(text).digest();
  await console.workerDb
    .insertInto('statement_texts')
    .values({ hash, text })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { id } = await console.workerDb
    .insertInto('statements')
    .values({
      ...{ instance_id: instanceId, database: 'shop', username, queryid: String(queryids), toplevel: true },
      ...{ text_hash: hash, first_at: minutesAgo(firstMinutes) },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const [minutes, calls, ms] of at) {
    await sql`
      insert into statement_samples (statement_id, at, seconds, calls, total_ms, rows, shared_hit)
      values (${id}, ${minutesAgo(minutes)}::timestamptz, 60, ${calls}, ${ms}, 0, 0)`.execute(
      console.workerDb,
    );
  }
}

const moves = async (search = '', cookie = dba) => {
  const response = await callRoute(getMoves, { path: `/api/v1/now/statements?${search}`, cookie });
  return statementMovesSchema.parse(await response.json());
};

test('new and regressed statements are found, and nothing else', async () => {
  await seen('select steady from a', {
    at: [
      [600, 100, 5_000],
      [10, 100, 5_000],
    ],
  });
  await seen('select slower from a', {
    at: [
      [600, 100, 5_000],
      [10, 100, 20_000],
    ],
  });
  await seen('select slower, hardly called', {
    at: [
      [600, 100, 5_000],
      [10, 5, 20_000],
    ],
  });
  await seen('select slower, costs nothing', {
    at: [
      [600, 1_000, 50],
      [10, 1_000, 500],
    ],
  });
  await seen('select fresh from b', { at: [[10, 50, 30_000]], firstMinutes: 20 });
  await seen('select old, seldom called', { at: [[10, 50, 30_000]] });
  await seen('select own', { at: [[10, 50, 30_000]], firstMinutes: 20, username: 'plumbline_watch' });
  // The same text under another id: the table was made anew.
  await seen('select steady from a', { at: [[10, 100, 5_000]], firstMinutes: 20 });
  // An instance that is watched since just now: everything on it is first seen.
  await seen('select first look', { at: [[10, 50, 30_000]], firstMinutes: 20, instanceId: fresh });
  const { items } = await moves();
  expect(items).toMatchObject([
    {
      ...{ kind: 'new', text: 'select fresh from b', instanceName: 'db1', clusterName: 'shop' },
      ...{ calls: 50, meanMs: 600, meanMsBefore: null },
    },
    { kind: 'regressed', text: 'select slower from a', meanMs: 200, meanMsBefore: 50 },
  ]);
  expect((await moves('range=24h')).items.map(({ text }) => text)).toEqual(['select fresh from b']);
});

test('where statements are not read, that is said with its mend', async () => {
  expect((await moves()).unknown).toEqual([]);
  const mend = 'create extension pg_stat_statements;';
  await recordResults(console.workerDb, fresh, minutesAgo(0), [
    {
      ...{
        checkId: 'statements',
        database: '',
        state: 'unknown',
        reason: 'The extension is not there.',
        mend,
      },
      ...{ rows: undefined, durationMs: 0 },
    },
  ]);
  expect((await moves()).unknown).toMatchObject([{ instanceName: 'db2', database: null, mend }]);
});

test('a viewer sees no literals', async () => {
  await seen(`alter role app password 'hunter2'`, { at: [[10, 50, 90_000]], firstMinutes: 20 });
  expect((await moves()).items[0]?.text).toContain('hunter2');
  const { items } = await moves('', viewer);
  expect(items[0]).toMatchObject({ text: null, textHidden: true });
  expect(items[1]?.text).toBe('select fresh from b');
});

test('servers that do not answer and workers that died are named; a worker that was restarted is not', async () => {
  const { ownerDb } = console;
  await ownerDb
    .updateTable('instances')
    .set({ reachable: false, last_error: 'Nothing accepts connections.' })
    .where('id', '=', fresh)
    .execute();
  const worker = (name: string, minutes: number, state: 'running' | 'stopped' = 'running') =>
    ownerDb
      .insertInto('workers')
      .values({
        ...{ id: newId(), name, host: 'h', pid: 1, version: '1', state },
        heartbeat_at: minutesAgo(minutes),
      })
      .execute();
  await worker('dead', 10);
  await worker('dead', 30);
  await worker('ended', 10, 'stopped');
  await worker('restarted', 10);
  await worker('restarted', 0);
  const response = await callRoute(getNow, { cookie: viewer });
  expect(nowSchema.parse(await response.json())).toMatchObject({
    clusters: 1,
    instances: 2,
    unreachable: [{ id: fresh, name: 'db2', clusterName: 'shop', lastError: 'Nothing accepts connections.' }],
    uncollected: [{ name: 'db1' }, { name: 'db2' }],
    deadWorkers: [{ name: 'dead' }],
    workersAlive: 1,
  });
});
