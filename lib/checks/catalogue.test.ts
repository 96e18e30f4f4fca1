import { expect, test, vi } from 'vitest';
import { messageOf } from '@/lib/base/errors';
import { type AnyCheck, type CheckRow, sqlForVersion } from '@/lib/engine/define-check';
import { grantStatements } from '@/lib/engine/grant-scripts';
import type { InstanceSession } from '@/lib/instance/connect';
import { readFacts } from '@/lib/instance/facts';
import { quoteLiteral } from '@/lib/instance/quote';
import { withTransaction } from '@/lib/instance/transaction';
import { checks } from '@/lib/registry/checks.gen';
import { openSession, sqlOn, watchLogin } from '@/lib/testing/check-kit';
import { supportedMajors } from '@/lib/testing/majors';
import { startPostgres, startStandby, type TestPostgres } from '@/lib/testing/postgres';
import { sourceMakers } from '@/workers/collector/sources/index';
import { locksSql, namesSql, sampleSql } from '@/workers/collector/sources/session-sql';
import { Memories, type NamedCheck, type Outcome, type VisitInput, visit } from '@/workers/collector/visit';

/** Test servers are fast and careless; this one is as its owner should have it. */
const wellConfigured = {
  fsync: true,
  synchronous_commit: true,
  full_page_writes: true,
  max_wal_size: '1GB',
  track_io_timing: true,
  idle_in_transaction_session_timeout: '10min',
  shared_preload_libraries: 'pg_stat_statements',
};

/** What a schema in good order has: keys, an index under each foreign key, the next partitions, statistics. */
const schema = [
  'create table customers (id bigint generated always as identity primary key, name text not null)',
  `create table orders (
     id bigint generated always as identity primary key,
     customer_id bigint not null references customers (id),
     paid boolean,
     details jsonb
   )`,
  'create index on orders (customer_id)',
  'create index on orders (id) where paid',
  'create table events (id bigint, at date not null, primary key (id, at)) partition by range (at)',
  ...Array.from(
    { length: 4 },
    (_, at) => `do $$ begin execute format(
       'create table events_${at} partition of events for values from (%L) to (%L)',
       current_date + ${at}, current_date + ${at + 1}); end $$`,
  ),
  "insert into customers (name) select 'c' || n from generate_series(1, 2000) as n",
  'insert into orders (customer_id, paid) select n, n % 2 = 0 from generate_series(1, 2000) as n',
  'create materialized view totals as select customer_id, count(*) from orders group by 1',
  'create unique index on totals (customer_id)',
  'create extension pgstattuple',
  'analyze',
];

// The owner's choice of a version is judged too, rightly so, and by today's date.
const rightlyFound = new Set(['server-version']);

/** A server whose watch login was made by the product's own script; the optional part of it in one database alone. */
async function startWatched(major: number): Promise<TestPostgres> {
  const server = await startPostgres({ version: major, config: wellConfigured });
  await sqlOn(server, 'postgres', 'create extension pg_stat_statements', 'create database other');
  await sqlOn(server, 'other', ...schema);
  const script = grantStatements({ purpose: 'watch', user: watchLogin.user, major });
  const ofScope = (wanted: string) => script.filter(({ scope }) => scope === wanted).map(({ sql }) => sql);
  await sqlOn(server, 'postgres', ...ofScope('server'));
  await sqlOn(server, 'other', ...ofScope('database'));
  const password = quoteLiteral(watchLogin.password);
  await sqlOn(server, 'postgres', `alter role ${watchLogin.user} password ${password}`);
  return server;
}

/** What the source of sessions asks between two ticks, and while somebody waits for a lock. */
const askedSometimes: [string, unknown[]][] = [
  [sampleSql, []],
  [namesSql, [[10], [1]]],
  [locksSql, [[0]]],
];

/** The columns that a check's SQL gives, also where it gives no row. */
async function columnsOf(session: InstanceSession, sql: string): Promise<string[]> {
  const limits = { readOnly: true, statementTimeoutMs: 20_000, lockTimeoutMs: 1_000 };
  const rows = await withTransaction(session, limits, (inner) =>
    inner.query(`select answer.* from (select) as one left join (${sql}) as answer on true limit 1`),
  );
  return Object.keys(rows[0] ?? {});
}

/** What is wrong with an answer of a check on a server that is in good order. */
function faultsOf(check: AnyCheck, version: number, { result, observation }: Outcome): string[] {
  const { state, reason, mend } = result;
  if (state !== 'ok') {
    const isStated = state === 'unknown' && Boolean(reason);
    const isUnsupported = check.sql !== undefined && typeof sqlForVersion(check, version) !== 'string';
    // What stands beside a server (its machine, a pooler) is looked up in the console's store, which is not here.
    const isBeside = check.rowsFrom !== undefined && /^A trial has no /.test(reason ?? '');
    return isStated && (mend || isUnsupported || isBeside) ? [] : [`${state}: ${reason}`];
  }
  const rows: readonly CheckRow[] = observation?.memory.rows ?? [];
  const faults: string[] = [];
  for (const [name, { role }] of Object.entries(check.columns)) {
    if (rows.length > 0 && !rows.some((row) => name in row)) faults.push(`no column ${name}`);
    const isNumber = role === 'gauge' || role === 'counter';
    for (const row of rows) {
      const value = row[name] ?? null;
      if (value !== null && (typeof value === 'number') !== isNumber) faults.push(`${name} is ${value}`);
    }
  }
  if (!rightlyFound.has(result.checkId)) {
    const found = observation?.verdicts.filter(({ level }) => level === 'warn' || level === 'crit') ?? [];
    faults.push(...found.map(({ sentence }) => sentence));
  }
  return [...new Set(faults)];
}

type Visited = Pick<VisitInput, 'session' | 'database' | 'due' | 'surroundings' | 'memories' | 'sources'>;

/** One round of the collector, to its end. */
async function visitAll(visited: Visited): Promise<Outcome[]> {
  const { database, due } = visited;
  const { outcomes, lost } = await visit({
    ...visited,
    database: database === 'postgres' ? '' : database,
    context: { instance: 'db1', cluster: 'shop', database },
    instanceId: '01900000-0000-7000-8000-000000000000',
    peersOf: async () => ({}),
  });
  if (lost || outcomes.length < due.length) throw new Error(`the visit ended early: ${lost?.message}`);
  return outcomes;
}

/** A login that nobody gave a right: each check does without or says what it lacks, and none fails. */
async function faultsWithoutRights(server: TestPostgres): Promise<string[]> {
  await sqlOn(server, 'postgres', "create role stranger login password 'stranger'");
  const due: NamedCheck[] = Object.entries(checks)
    .filter(([, { runsOn }]) => runsOn !== 'standby')
    .map(([id, check]) => ({ id, check }));
  const session = await openSession(server, { user: 'stranger', password: 'stranger' });
  const sources = new Map(Object.entries(sourceMakers).map(([name, make]) => [name, make()]));
  try {
    const surroundings = await readFacts(session);
    const visited = { session, database: 'postgres', due, surroundings, memories: new Memories(), sources };
    return (await visitAll(visited)).flatMap((outcome) => {
      const { checkId, state } = outcome.result;
      const { check } = due.find(({ id }) => id === checkId) as NamedCheck;
      if (state === 'ok') return [];
      const faults = faultsOf(check, surroundings.serverVersionNum, outcome);
      return faults.map((fault) => `without rights: ${checkId}: ${fault}`);
    });
  } finally {
    for (const source of sources.values()) source.stop?.();
    await session.close();
  }
}

async function faultsIn(
  server: TestPostgres,
  role: 'primary' | 'standby',
  database: string,
): Promise<string[]> {
  // A standby's databases are the primary's: one of them is enough.
  const isTwice = role === 'standby' && database === 'postgres';
  const due: NamedCheck[] = Object.entries(checks)
    .filter(([, { runsOn }]) => runsOn === 'any' || runsOn === role)
    .filter(([, { target }]) => (target === 'database' ? !isTwice : database === 'postgres'))
    .map(([id, check]) => ({ id, check }));
  const session = await openSession(server, { database, ...watchLogin });
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, 'now');
  const sources = new Map(Object.entries(sourceMakers).map(([name, make]) => [name, make()]));
  const faults: string[] = [];
  try {
    const surroundings = await readFacts(session);
    const memories = new Memories();
    for (const hours of [0, 1]) {
      clock.mockImplementation(() => now() + hours * 3_600_000);
      for (const outcome of await visitAll({ session, database, due, surroundings, memories, sources })) {
        const { check } = due.find(({ id }) => id === outcome.result.checkId) as NamedCheck;
        const found = faultsOf(check, surroundings.serverVersionNum, outcome);
        faults.push(...found.map((fault) => `${outcome.result.checkId}: ${fault}`));
        outcome.commit();
      }
    }
    for (const { id, check } of due) {
      const wanted = check.sql ? sqlForVersion(check, surroundings.serverVersionNum) : undefined;
      const isSeen = role === 'standby' && check.runsOn === 'any';
      if (typeof wanted !== 'string' || check.derive || isSeen) continue;
      const given = await columnsOf(session, wanted).catch(messageOf);
      if (typeof given === 'string') {
        faults.push(`${id}: ${given}`);
        continue;
      }
      const missing = Object.keys(check.columns).filter((name) => !given.includes(name));
      if (missing.length > 0) faults.push(`${id}: its SQL has no ${missing.join(', ')}`);
    }
    for (const [sql, values] of askedSometimes) await session.query(sql, values);
  } finally {
    clock.mockRestore();
    for (const source of sources.values()) source.stop?.();
    await session.close();
  }
  return [...new Set(faults)].map((fault) => `${role}, ${database}: ${fault}`);
}

test.each(supportedMajors)(
  'PostgreSQL %i: with the watch login alone every check gives what it declares and is silent; without a right it says so',
  async (major) => {
    const primary = await startWatched(major);
    const standby = await startStandby(primary);
    try {
      const faults: string[] = [];
      for (const database of ['postgres', 'other']) {
        faults.push(...(await faultsIn(primary, 'primary', database)));
        faults.push(...(await faultsIn(standby, 'standby', database)));
      }
      faults.push(...(await faultsWithoutRights(primary)));
      expect(faults).toEqual([]);
    } finally {
      await standby.stop();
      await primary.stop();
    }
  },
  300_000,
);
