import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '@/lib/engine/define-job';
import cancelSession from '@/lib/jobs/cancel-session';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { sessionName } from '@/lib/testing/session-name';
import { openAsSuperuser } from '@/lib/testing/superuser';
import { until } from '@/lib/testing/until';

let server: TestPostgres;
let harness: JobHarness;
let admin: Session;
let victim: Session;

beforeAll(async () => {
  server = await startPostgres();
  harness = await jobHarness({ server });
  admin = await openAsSuperuser(server, 'postgres');
  victim = await openAsSuperuser(server, 'postgres');
});
afterAll(async () => {
  await Promise.all([admin.close(), victim.close()]);
  harness.close();
  await server.stop();
});

const input = async () => ({ ...(await sessionName(victim, admin)), allowSpecial: true });

/** Waits until the victim's statement is seen to run. */
const untilRunning = () =>
  until(async () => {
    const [row] = await admin.query('select state from pg_stat_activity where pid = $1::int4', [
      victim.backendPid,
    ]);
    return row?.state === 'active';
  }, 'a running statement');

test('a running statement ends, its session stays', async () => {
  const given = await input();
  const slept = victim.query('select pg_sleep(60)').then(
    () => 'slept',
    () => 'cancelled',
  );
  await untilRunning();
  const run = await harness.run(cancelSession, given, { crashAfter: 'signal' });
  expect(run).toMatchObject({ state: 'succeeded', error: undefined });
  expect(await slept).toBe('cancelled');
  expect(run.evidence).toMatchObject([
    { phase: 'before', facts: { sessions: 1, state: 'active' } },
    { phase: 'after', verdict: 'pass', facts: { sessions: 0, stopped: 1, state: 'idle' } },
  ]);
  expect((await victim.query('select 2 as two'))[0]?.two).toBe(2);
});

test('where nothing runs the plan says that only ending the session helps', async () => {
  await victim.query('begin');
  const plan = await harness.plan(cancelSession, await input());
  expect(plan.blockers).toMatchObject([
    {
      message: expect.stringContaining('idle in transaction'),
      next: 'Only ending the session frees its locks.',
    },
  ]);
  await victim.query('rollback');
});

test('plans and statements read the same for anybody, and the plan sends nothing', async () => {
  const given = await input();
  const running = victim.query('select pg_sleep(0.5) as slept');
  await untilRunning();
  const plan = await harness.plan(cancelSession, given);
  expect(plan.acts).toMatchObject([
    { step: 'signal', sql: expect.stringContaining('pg_cancel_backend(a.pid)') },
  ]);
  expect((await running).length).toBe(1);
});
