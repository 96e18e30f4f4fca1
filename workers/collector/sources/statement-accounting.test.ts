import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InstanceSession } from '@/lib/instance/connect';
import { readFacts } from '@/lib/instance/facts';
import { turnDays } from '@/lib/store/day-partitions';
import { readCoverage } from '@/lib/store/statement-readings';
import { makeWatchLogin, openSession, sqlOn, watchLogin } from '@/lib/testing/check-kit';
import { addTestInstance, type TestConsole, testConsole } from '@/lib/testing/console';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import type { Source } from '@/workers/collector/sources/source';
import { makeStatementsSource } from '@/workers/collector/sources/statements';

/** Statements that the server keeps: the fewest that it takes. */
const mostEntries = 100;
const tables = 150;

let console: TestConsole;
let server: TestPostgres;
let session: InstanceSession;
let app: InstanceSession;
let instanceId: string;
let source: Source;

async function connect(): Promise<void> {
  session = await openSession(server, { user: watchLogin.user, password: watchLogin.password });
  app = await openSession(server, { database: 'app' });
}

async function tick(): Promise<void> {
  // A server tells of active time when a session next has nothing to do.
  await app.query('select pg_stat_force_next_flush()');
  const answer = await source.collect({
    ...{ session, instanceId, timeoutMs: 5_000 },
    surroundings: await readFacts(session),
  });
  expect(answer.answer.state).toBe('ok');
  await answer.store?.(console.workerDb, new Date().toISOString());
  answer.commit?.();
}

/** Runs the statement of each table so many times; each takes some milliseconds. */
async function run(from: number, to: number, times: number): Promise<number> {
  for (let table = from; table <= to; table += 1) {
    for (let time = 0; time < times; time += 1) {
      await app.query(
        `select count(pg_sleep(0.003)) from (select from public.t${table} union all select) as x`,
      );
    }
  }
  return (to - from + 1) * times;
}

interface Stored {
  calls: number;
  ms: number;
  exact: boolean;
}

async function stored(): Promise<Stored> {
  const { rows } = await sql<Stored>`
    select coalesce(sum(calls), 0)::float8 as calls, coalesce(sum(total_ms), 0) as ms,
      not bool_or(coalesce(lower_bound, false)) as exact
    from statement_samples
    join statements on statements.id = statement_id
    join statement_texts on hash = text_hash
    where text like '%pg_sleep%union all%'`.execute(console.ownerDb);
  return rows[0] as Stored;
}

async function coverage(since: number) {
  return readCoverage(console.webDb, { instanceId, from: since, to: Date.now() / 1000 + 60 });
}
const seconds = () => Date.now() / 1000;

// On 17 and newer an entry itself says since when it counts; before, reset and evictions tell.
describe.each([{ version: 15 }, { version: 18 }])('PostgreSQL $version', ({ version }) => {
  beforeAll(async () => {
    [console, server] = await Promise.all([
      testConsole(),
      startPostgres({
        version,
        config: { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.max': mostEntries },
      }),
    ]);
    await makeWatchLogin(server);
    await sqlOn(server, 'postgres', 'create extension pg_stat_statements', 'create database app');
    await sqlOn(
      server,
      'app',
      `do $$ begin for n in 1..${tables} loop execute format('create table t%s ()', n); end loop; end $$`,
    );
    await turnDays(console.workerDb);
    instanceId = (await addTestInstance(console, server, { logins: [watchLogin] })).instanceId;
    source = makeStatementsSource();
  });
  afterAll(async () => {
    await Promise.all([session?.close(), app?.close()]);
    await server.stop();
    await console.close();
  });

  test('without evictions every call is accounted, and nearly all of the time', async () => {
    await connect();
    await tick();
    const since = seconds();
    const calls = await run(1, 20, 3);
    await tick();
    expect(await stored()).toMatchObject({ calls, exact: true });
    const seen = await coverage(since);
    expect(seen.evictions).toBe(0);
    expect(seen.accountedMs / (seen.databaseMs ?? 0)).toBeGreaterThan(0.8);
    expect(seen).toMatchObject({ maxEntries: mostEntries, resets: 0, awaySeconds: 0 });
  });

  test('through evictions the coverage says by how much the stored totals fall short', async () => {
    const before = await stored();
    const since = seconds();
    const calls = await run(1, tables, 2);
    await tick();
    const after = await stored();
    const seen = await coverage(since);
    const found = (after.calls - before.calls) / calls;
    expect(found).toBeLessThan(0.9);
    expect(seen.evictions).toBeGreaterThan(0);
    // What was accounted of time is what was accounted of calls: all of them take the same.
    expect(Math.abs(seen.accountedMs / (seen.databaseMs ?? 0) - found)).toBeLessThan(0.15);
  });

  test('a reset loses what was not read yet, and is said', async () => {
    const before = await stored();
    const since = seconds();
    const lost = await run(1, 20, 2);
    await sqlOn(server, 'postgres', 'select public.pg_stat_statements_reset()');
    const kept = await run(1, 20, 2);
    await tick();
    const after = await stored();
    expect(after.calls - before.calls).toBe(kept);
    expect(after.exact).toBe(false);
    const seen = await coverage(since);
    expect(seen.resets).toBe(1);
    expect(Math.abs(seen.accountedMs / (seen.databaseMs ?? 0) - kept / (kept + lost))).toBeLessThan(0.2);
  });

  test('a restart in order loses nothing, neither calls nor the time that they are measured against', async () => {
    const before = await stored();
    const since = seconds();
    const calls = await run(1, 20, 2);
    await Promise.all([session.close(), app.close()]);
    await server.restart();
    await connect();
    const more = await run(1, 20, 1);
    await tick();
    expect((await stored()).calls - before.calls).toBe(calls + more);
    const seen = await coverage(since);
    expect(seen.accountedMs / (seen.databaseMs ?? 0)).toBeGreaterThan(0.8);
  });

  test('a crash of the server loses its counters: what ran before is missing, and nothing is counted twice', async () => {
    const before = await stored();
    await run(1, 20, 1);
    await Promise.all([session.close(), app.close()]);
    await server.kill();
    await server.restart();
    await connect();
    const kept = await run(1, 10, 2);
    await tick();
    expect((await stored()).calls - before.calls).toBe(kept);
  });

  test('while no collector reads, the time goes on: the coverage falls by what nobody accounted', async () => {
    const since = seconds();
    const unread = await run(1, 20, 2);
    await app.query('select pg_stat_force_next_flush()');
    source = makeStatementsSource();
    await tick();
    const read = await run(1, 20, 2);
    await tick();
    const seen = await coverage(since);
    expect(seen.awaySeconds).toBeGreaterThan(0);
    expect(Math.abs(seen.accountedMs / (seen.databaseMs ?? 0) - read / (read + unread))).toBeLessThan(0.15);
  });
});
