import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InstanceSession } from '@/lib/instance/connect';
import { readFacts } from '@/lib/instance/facts';
import { turnDays } from '@/lib/store/day-partitions';
import { readStatements, type StatementTotals } from '@/lib/store/statement-totals';
import { makeWatchLogin, openSession, sqlOn, watchLogin } from '@/lib/testing/check-kit';
import { addTestInstance, type TestConsole, testConsole } from '@/lib/testing/console';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import type { Source, SourceAnswer } from '@/workers/collector/sources/source';
import { makeStatementsSource } from '@/workers/collector/sources/statements';

let console: TestConsole;
let server: TestPostgres;
let session: InstanceSession;
let instanceId: string;

beforeAll(async () => {
  [console, server] = await Promise.all([
    testConsole(),
    startPostgres({ config: { shared_preload_libraries: 'pg_stat_statements' } }),
  ]);
  await makeWatchLogin(server);
  // An extension may live in any schema, also in one with an odd name.
  await sqlOn(
    server,
    'postgres',
    'create schema "ext ""s"',
    'create extension pg_stat_statements schema "ext ""s"',
    'create table items (n int)',
  );
  await turnDays(console.workerDb);
  instanceId = (await addTestInstance(console, server, { logins: [watchLogin] })).instanceId;
  session = await openSession(server, { user: watchLogin.user, password: watchLogin.password });
});
afterAll(async () => {
  await session.close();
  await server.stop();
  await console.close();
});

/** One tick: collected, stored, remembered. */
async function tick(source: Source): Promise<SourceAnswer> {
  const surroundings = await readFacts(session);
  const answer = await source.collect({ session, surroundings, instanceId, timeoutMs: 5_000 });
  await answer.store?.(console.workerDb, new Date().toISOString());
  answer.commit?.();
  return answer;
}

async function stored(): Promise<StatementTotals[]> {
  const from = new Date(Date.now() - 3_600_000).toISOString();
  const to = new Date(Date.now() + 3_600_000).toISOString();
  return (await readStatements(console.webDb, { instanceId, from, to, sort: 'calls', limit: 200 })).items;
}

const marked = async () => (await stored()).find(({ text }) => text?.includes('marker'));

test('in a schema that the login may not use it is unknown, with the grant that mends it', async () => {
  const { answer } = await tick(makeStatementsSource());
  const mend = 'grant usage on schema "ext ""s" to "plumbline_watch";';
  expect(answer).toMatchObject({ state: 'unknown', mend });
  await sqlOn(server, 'postgres', mend);
  expect((await tick(makeStatementsSource())).answer.state).toBe('ok');
});

test('calls between two readings are counted exactly, the text is stored once, a reset is a lower bound', async () => {
  const source = makeStatementsSource();
  const app = await openSession(server);
  const call = (times: number) =>
    Promise.all(
      Array.from({ length: times }, (_, n) =>
        app.query(`select count(*) as marker from public.items where n = ${n}`),
      ),
    );
  await call(3);
  expect((await tick(source)).answer.state).toBe('ok');
  expect(await stored()).toEqual([]);

  await call(5);
  await tick(source);
  expect(await marked()).toMatchObject({
    calls: 5,
    database: 'postgres',
    username: 'postgres',
    toplevel: true,
    lower_bound: false,
    text: 'select count(*) as marker from public.items where n = $1',
  });
  await tick(source);
  expect((await marked())?.calls).toBe(5);

  await sqlOn(server, 'postgres', 'select "ext ""s".pg_stat_statements_reset()');
  await call(2);
  await tick(source);
  expect(await marked()).toMatchObject({ calls: 7, lower_bound: true });
  const texts = await console.webDb.selectFrom('statement_texts').select('text').execute();
  expect(texts.filter(({ text }) => text.includes('marker')).length).toBe(1);
  await app.close();
});

test('what was not stored is counted with the next reading, and nothing is counted twice', async () => {
  const source = makeStatementsSource();
  const app = await openSession(server);
  const surroundings = await readFacts(session);
  await app.query('select 1 as again');
  await tick(source);
  for (let n = 0; n < 4; n += 1) await app.query('select 1 as again');
  const lost = await source.collect({ session, surroundings, instanceId, timeoutMs: 5_000 });
  lost.rollback?.();
  for (let n = 0; n < 2; n += 1) await app.query('select 1 as again');
  await tick(source);
  expect((await stored()).find(({ text }) => text === 'select $1 as again')?.calls).toBe(6);
  await app.close();
});
