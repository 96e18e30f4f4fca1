import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import statements from '@/lib/checks/statements';
import type { AnyCheck } from '@/lib/engine/define-check';
import { makeWatchLogin, openSession, sqlOn } from '@/lib/testing/check-kit';
import { addWatched, collectFor } from '@/lib/testing/collecting';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

let console: TestConsole;
let server: TestPostgres;
const often: Record<string, AnyCheck> = {
  statements: { ...(statements as unknown as AnyCheck), everySeconds: 0.2 },
};

beforeAll(async () => {
  const config = { shared_preload_libraries: 'pg_stat_statements' };
  [console, server] = await Promise.all([testConsole(), startPostgres({ config })]);
  await makeWatchLogin(server);
});
afterAll(async () => {
  await console.close();
  await server.stop();
});

const resultOf = (instanceId: string) =>
  console.workerDb
    .selectFrom('check_results')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .executeTakeFirst();

async function storedCalls(instanceId: string, text: string) {
  const { rows } = await sql<{ calls: number; rows: number; username: string; database: string }>`
    select sum(sample.calls)::float8 as calls, sum(sample.rows)::float8 as rows, username, database
    from statement_samples as sample
    join statements on statements.id = sample.statement_id
    join statement_texts on statement_texts.hash = statements.text_hash
    where statements.instance_id = ${instanceId}
      and statement_texts.text = ${text}
    group by username, database`.execute(console.workerDb);
  return rows;
}

it('says what is missing without the extension, and counts every call once it is there', async () => {
  const { instanceId } = await addWatched(console, server);
  const collector = collectFor(console, { checks: often });
  await until(async () => (await resultOf(instanceId))?.state === 'unknown', 'it is unknown');
  const lacking = await resultOf(instanceId);
  expect(lacking?.reason).toContain('pg_stat_statements');
  expect(lacking?.mend).toContain('create extension pg_stat_statements');

  await sqlOn(server, 'postgres', 'create extension pg_stat_statements', 'create table "<i>" (v int)');
  collector.collectNow(instanceId);
  // The first reading is what later ones are measured against: it has to be stored before anything is counted.
  await until(async () => (await resultOf(instanceId))?.state === 'ok', 'it is read');
  const session = await openSession(server);
  for (let each = 0; each < 37; each += 1)
    await session.query('insert into public."<i>" values ($1), ($1)', [each]);
  const text = 'insert into public."<i>" values ($1), ($1)';
  await until(async () => (await storedCalls(instanceId, text))[0]?.calls === 37, 'all calls are stored');
  expect(await storedCalls(instanceId, text)).toEqual([
    { calls: 37, rows: 74, username: 'postgres', database: 'postgres' },
  ]);

  for (let each = 0; each < 5; each += 1)
    await session.query('insert into public."<i>" values ($1), ($1)', [each]);
  await until(async () => (await storedCalls(instanceId, text))[0]?.calls === 42, 'only what moved is added');
  await session.close();
  await collector.stop();
});
