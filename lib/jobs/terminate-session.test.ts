import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '@/lib/engine/define-job';
import { connectInstance } from '@/lib/instance/connect';
import terminateSession from '@/lib/jobs/terminate-session';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { sessionName, untilWaiting } from '@/lib/testing/session-name';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';

/** A role name that would end a statement, and one that is markup. */
const hostileRole = `app"; drop table jobs; --`;
const password = 'app-password';
let server: TestPostgres;
let harness: JobHarness;
let weak: JobHarness;
let admin: Session;

const open = (user: string, applicationName = '<script>alert(1)</script>'): Promise<Session> =>
  connectInstance({
    host: server.host,
    port: server.port,
    database: 'postgres',
    tlsMode: 'disable',
    user,
    password,
    applicationName,
  });

beforeAll(async () => {
  server = await startPostgres({ config: { max_prepared_transactions: 2 } });
  const roles = ['watcher', 'operator', 'powerless', hostileRole];
  await runSql(server, 'postgres', [
    ...roles.map((role) => `create role "${role.replaceAll('"', '""')}" login password '${password}'`),
    'grant pg_monitor to watcher, operator, powerless',
    'grant pg_signal_backend to operator',
    'create table jobs (id int primary key, state text)',
    `insert into jobs values (1, 'new'), (2, 'new')`,
    'grant all on jobs to public',
  ]);
  const watch = { user: 'watcher', password };
  harness = await jobHarness({
    server,
    logins: { watch, backup: watch, operate: { user: 'operator', password } },
  });
  weak = await jobHarness({
    server,
    logins: { watch, backup: watch, operate: { user: 'powerless', password } },
  });
  admin = await openAsSuperuser(server, 'postgres');
});
afterAll(async () => {
  await admin.close();
  harness.close();
  weak.close();
  await server.stop();
});

/** A root that holds a row, and two who wait for it, one behind the other. */
async function chain() {
  const [root, middle, last] = await Promise.all(
    [hostileRole, hostileRole, hostileRole].map((role) => open(role)),
  );
  if (!root || !middle || !last) throw new Error('no sessions');
  await root.query('begin');
  await root.query(`update public.jobs set state = 'root' where id = 1`);
  await middle.query('begin');
  await middle.query(`update public.jobs set state = 'middle' where id = 2`);
  const waits = [
    middle.query(`update public.jobs set state = 'x' where id = 1`),
    last.query(`update public.jobs set state = 'y' where id = 2`),
  ].map((wait) =>
    wait.then(
      () => 'freed',
      () => 'ended',
    ),
  );
  await untilWaiting(admin, 2);
  const name = await sessionName(root, admin);
  const close = () => Promise.all([root, middle, last].map((session) => session.close()));
  return { root, middle, last, waits, name, close };
}

test('the root of two waiters is shown with them, ended, gone, and both are free', async () => {
  const { name, waits, middle, close } = await chain();
  const plan = await harness.plan(terminateSession, name);
  expect(plan.blockers).toEqual([]);
  expect(plan.estimates).toMatchObject([{ label: 'Waiters behind it', value: 2 }]);
  const [hit, waiting] = plan.tables ?? [];
  expect(hit?.rows).toMatchObject([
    [
      String(name.pid),
      hostileRole,
      'postgres',
      '<script>alert(1)</script>',
      '127.0.0.1',
      'idle in transaction',
      expect.any(Number),
      expect.stringContaining('root'),
    ],
  ]);
  expect(hit?.literals).toEqual(['Statement']);
  expect(waiting?.rows.length).toBe(2);
  expect(plan.acts[0]?.sql).toContain(
    `a.pid = ${name.pid} and a.backend_start = timestamptz '${name.backendStart}'`,
  );
  await untilWaiting(admin, 2);

  const run = await harness.run(terminateSession, name, { crashAfter: 'signal' });
  expect(run).toMatchObject({ state: 'succeeded', error: undefined });
  expect(await waits[0]).toBe('freed');
  expect(run.evidence).toMatchObject([
    { phase: 'before', facts: { pid: name.pid, sessions: 1, waiters: 2 } },
    { phase: 'after', verdict: 'pass', facts: { state: 'gone', sessions: 0, waiters: 0, freed: 2 } },
  ]);
  await middle.query('rollback');
  expect(await waits[1]).toBe('freed');
  await close();
});

test('all victims are ended in one statement and the root stays', async () => {
  const { root, name, waits, close } = await chain();
  const plan = await harness.plan(terminateSession, { ...name, whom: 'victims' });
  expect(plan.summary).toContain('End the 2 sessions that wait behind');
  const run = await harness.run(terminateSession, { ...name, whom: 'victims' });
  expect(run).toMatchObject({ state: 'succeeded', error: undefined });
  expect(run.outputs.signal).toMatchObject({ signalled: 2, refused: 0 });
  expect(await Promise.all(waits)).toEqual(['ended', 'ended']);
  await root.query('commit');
  await close();
});

test('victims whom the login may not signal are left alone, and the others are hit all the same', async () => {
  const [root, ours, theirs] = await Promise.all([open('watcher'), open(hostileRole), open('watcher')]);
  await root.query('begin');
  await root.query(`update public.jobs set state = 'root' where id = 1`);
  const waits = [ours, theirs].map((session) =>
    session.query(`update public.jobs set state = 'x' where id = 1`).then(
      () => 'freed',
      () => 'ended',
    ),
  );
  await untilWaiting(admin, 2);
  await runSql(server, 'postgres', [`grant "${hostileRole.replaceAll('"', '""')}" to powerless`]);
  const name = await sessionName(root, admin);
  const run = await weak.run(terminateSession, { ...name, whom: 'victims' });
  expect(run).toMatchObject({ state: 'succeeded', error: undefined });
  expect(run.outputs.signal).toMatchObject({ signalled: 1, refused: 1 });
  expect(run.log.map(({ text }) => text).join()).toContain('the login may not signal them');
  expect(await waits[0]).toBe('ended');
  await root.query('rollback');
  expect(await waits[1]).toBe('freed');
  await runSql(server, 'postgres', [`revoke "${hostileRole.replaceAll('"', '""')}" from powerless`]);
  await Promise.all([root, ours, theirs].map((session) => session.close()));
});

test('a start that differs by a microsecond is another session', async () => {
  const session = await open(hostileRole);
  const name = await sessionName(session, admin);
  const digit = name.backendStart.at(-4) === '0' ? '1' : '0';
  const other = `${name.backendStart.slice(0, -4)}${digit}+00`;
  const plan = await harness.plan(terminateSession, { pid: name.pid, backendStart: other });
  expect(plan.blockers[0]?.message).toContain('it has ended');
  await admin.query(plan.acts[0]?.sql ?? '');
  expect((await session.query('select 1 as one'))[0]?.one).toBe(1);
  await session.close();
});

test('our own sessions are refused; the name alone does not make one ours', async () => {
  const ours = await open('watcher', 'plumbline');
  const refused = await harness.plan(terminateSession, {
    ...(await sessionName(ours, admin)),
    allowSpecial: true,
  });
  expect(refused.blockers[0]?.message).toContain('Plumbline itself');
  const pretender = await open(hostileRole, 'plumbline');
  const allowed = await harness.plan(terminateSession, await sessionName(pretender, admin));
  expect(allowed.blockers).toEqual([]);
  expect(allowed.warnings[0]).toContain('no login of Plumbline');
  await Promise.all([ours.close(), pretender.close()]);
});

test('a superuser’s session and background processes need a choice and the right', async () => {
  const name = await sessionName(admin);
  const plain = await harness.plan(terminateSession, name);
  expect(plain.blockers[0]?.message).toContain('superuser postgres');
  const chosen = await harness.plan(terminateSession, { ...name, allowSpecial: true });
  expect(chosen.blockers[0]?.message).toContain('Only a superuser may signal');
  const [row] = await admin.query(
    `select pid, to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' as start
     from pg_stat_activity where backend_type = 'checkpointer'`,
  );
  const checkpointer = await harness.plan(terminateSession, {
    pid: Number(row?.pid),
    backendStart: String(row?.start),
  });
  expect(checkpointer.blockers[0]?.message).toContain('no client but “checkpointer”');
});

test('without pg_signal_backend the plan says the grant; a prepared transaction has no session', async () => {
  const session = await open(hostileRole);
  const name = await sessionName(session, admin);
  const plan = await weak.plan(terminateSession, name);
  expect(plan.blockers).toMatchObject([{ next: 'grant pg_signal_backend to "powerless";' }]);
  const prepared = await harness.plan(terminateSession, { ...name, pid: 0 });
  expect(prepared.blockers[0]?.next).toContain('rollback prepared');
  await session.close();
});
