import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { newId } from '@/lib/base/ids';
import { type AnyJob, defineJob } from '@/lib/engine/define-job';
import { requestPlan } from '@/lib/store/plans';
import { answerSeconds, findAnswer, forgetReads } from '@/lib/store/read-answers';
import { setCancel } from '@/lib/store/runs';
import { engineKinds } from '@/lib/testing/engine-kinds';
import { type EngineWorld, engineWorld, eventually } from '@/lib/testing/engine-world';
import type { RunningWorker } from '@/workers/worker';

const secret = 'a literal of somebody';
const look = defineJob({
  title: 'Look',
  summary: 'Reads something that not everybody may see.',
  version: 1,
  risk: 'read',
  permission: 'statement-literals',
  as: 'watch',
  runsOn: 'any',
  locks: () => [],
  input: z.object({ word: z.string(), bytes: z.number().default(0) }),
  answers: 'text',
  plan: async (_ctx, { word }) => ({
    summary: 'Look at something.',
    acts: [{ step: 'look', sql: `select '${word}'` }],
    params: { word },
    warnings: [],
    blockers: [],
    estimates: [],
  }),
  steps: [
    {
      name: 'look',
      title: 'Look',
      safety: 'pure',
      run: async (ctx) => {
        await ctx.answer({ facts: { word: ctx.input.word }, text: 'ä'.repeat(ctx.input.bytes / 2) });
        return {};
      },
    },
  ],
  undo: { none: 'It only reads.' },
});

let world: EngineWorld;
let worker: RunningWorker;

beforeAll(async () => {
  world = await engineWorld({ ...engineKinds, look: look as unknown as AnyJob });
  worker = await world.startWorker();
});
afterAll(async () => {
  await worker.stop(1_000);
  await world.stop();
});

/** One request of a person, as the web makes it, and the run that the worker made of it. */
async function ask(input: { word: string; bytes?: number }): Promise<{ planId: string; runId: string }> {
  const planId = newId();
  const { clusterId, instanceId } = world;
  const by = { requestedBy: null, requestedByName: 'test' };
  await world.web
    .transaction()
    .execute((trx) =>
      requestPlan(
        trx,
        { id: planId, kind: 'look', clusterId, instanceId, input, ...by, forgetAfterSeconds: answerSeconds },
        'default',
      ),
    );
  const runOf = () => world.web.selectFrom('runs').select('id').where('plan_id', '=', planId);
  await eventually(
    async () => (await runOf().executeTakeFirst()) !== undefined,
    'it runs without a word more',
  );
  const { id: runId } = await runOf().executeTakeFirstOrThrow();
  expect(await world.until(runId, ['succeeded', 'failed'])).toBe('succeeded');
  return { planId, runId };
}

/** Everything that is stored about a run and stays. */
async function traces(runId: string): Promise<string> {
  const { rows } = await sql<{ text: string }>`
    select concat(
      (select json_agg(run_steps) from run_steps where run_id = ${runId}),
      (select json_agg(run_events) from run_events where run_id = ${runId}),
      (select json_agg(run_log) from run_log where run_id = ${runId}),
      (select json_agg(evidence) from evidence where run_id = ${runId}),
      (select json_agg(runs) from runs where id = ${runId}),
      (select json_agg(audit_log) from audit_log),
      (select json_agg(plan_requests) from plan_requests),
      (select json_agg(plans) from plans)
    ) as text`.execute(world.db);
  return rows[0]?.text ?? '';
}

test('one request is planned and run; the answer is stored apart and cut, and is gone with its question', async () => {
  const { planId, runId } = await ask({ word: secret, bytes: 2 * 1024 * 1024 + 2 });
  const answer = await findAnswer(world.web, runId);
  expect(answer).toMatchObject({ facts: { word: secret }, textBytes: 2 * 1024 * 1024 + 2 });
  expect(Buffer.byteLength(answer?.text ?? '')).toBe(1024 * 1024);
  expect(answer?.text?.replaceAll('ä', '')).toBe('');

  // While its time runs nothing is forgotten.
  expect(await forgetReads(world.db)).toBe(0);
  await sql`update read_answers set expires_at = clock_timestamp()`.execute(world.db);
  await sql`update plan_requests set forget_at = clock_timestamp()`.execute(world.db);
  expect(await findAnswer(world.web, runId)).toBeUndefined();
  await eventually(
    async () => (await world.db.selectFrom('read_answers').select('run_id').execute()).length === 0,
    'the janitor removes it',
  );
  await eventually(async () => !(await traces(runId)).includes(secret), 'no trace of it is left');
  const kept = await world.db
    .selectFrom('plans')
    .select('document')
    .where('id', '=', planId)
    .executeTakeFirstOrThrow();
  expect(kept.document).toMatchObject({ summary: 'Look at something.', acts: [] });
});

test('the web may read answers and neither write nor remove them', async () => {
  const { runId } = await ask({ word: secret });
  expect(await findAnswer(world.web, runId)).toMatchObject({ facts: { word: secret }, text: '' });
  await expect(sql`delete from read_answers`.execute(world.web)).rejects.toThrow('permission denied');
  await expect(sql`update read_answers set text = 'x'`.execute(world.web)).rejects.toThrow(
    'permission denied',
  );
});

test('it does not wait behind work that takes hours, and nothing else gets ahead with it', async () => {
  const planId = await world.plan('every-safety', { childSeconds: 600 });
  const long = await Promise.all(Array.from({ length: 5 }, () => world.start(planId)));
  const inState = async (state: string) => {
    const states = await Promise.all(long.map((id) => world.state(id)));
    return states.filter((one) => one === state).length;
  };
  await eventually(async () => (await inState('running')) === 4, 'all hands are full');
  await ask({ word: secret });
  expect([await inState('running'), await inState('queued')]).toEqual([4, 1]);
  for (const id of long) await world.web.transaction().execute((trx) => setCancel(trx, id, 'somebody'));
  for (const id of long) await world.until(id, ['cancelled']);
});
