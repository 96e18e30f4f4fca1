import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { ChoiceSource, JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';
import { queueForPlan } from '@/lib/store/plan-queue';
import { requestPlan } from '@/lib/store/plans';
import { stepsOfRun } from '@/lib/store/run-steps';

/** What has to follow a kind, as this worker knows it. */
export interface Follower {
  kind: string;
  choices: Record<string, ChoiceSource | undefined>;
  where?: 'host' | 'drills';
  input(outputs: Record<string, JsonObject>, input: JsonObject): JsonObject;
}

/** A run that ended longer ago is history: nothing is started after it any more. */
const withinHours = 24;

/**
 * Asks for the plans that have to follow runs which succeeded, one for each run whoever asks first. It is asked after
 * the end and not with it, so that a worker that was lost in between leaves nothing out.
 *
 * @returns how many were asked for.
 */
export async function requestFollowUps(db: Store, followers: ReadonlyMap<string, Follower>): Promise<number> {
  if (followers.size === 0) return 0;
  const ended = await db
    .selectFrom('runs as run')
    .innerJoin('plan_requests as request', 'request.id', 'run.plan_id')
    .select(['run.id', 'run.kind', 'run.cluster_id as clusterId', 'run.instance_id as instanceId'])
    .select(['run.requested_by as by', 'run.requested_by_name as byName', 'request.input'])
    .where('run.state', '=', 'succeeded')
    .where('run.kind', 'in', [...followers.keys()])
    .where('run.finished_at', '>', sql<string>`now() - make_interval(hours => ${withinHours})`)
    .where((e) =>
      e.not(
        e.exists(
          e.selectFrom('plan_requests as later').select('later.id').whereRef('later.follows', '=', 'run.id'),
        ),
      ),
    )
    .execute();
  let count = 0;
  for (const run of ended) {
    const follower = followers.get(run.kind);
    if (!follower) continue;
    const steps = await stepsOfRun(db, run.id);
    const outputs = Object.fromEntries(steps.map((step) => [step.name, step.output ?? {}]));
    const place = { clusterId: run.clusterId, instanceId: run.instanceId };
    const input = follower.input(outputs, run.input);
    await db
      .transaction()
      .execute(async (trx) => {
        const queue = await queueForPlan(trx, {
          ...place,
          input,
          choices: follower.choices,
          where: follower.where,
        });
        await requestPlan(
          trx,
          {
            ...place,
            input,
            ...{ id: newId(), kind: follower.kind, follows: run.id },
            ...{ requestedBy: run.by, requestedByName: run.byName },
          },
          queue,
        );
        await hintNow(trx, 'run', run.id);
      })
      .then(() => {
        count += 1;
      })
      .catch((error: unknown) => {
        // Another worker was first.
        if ((error as { constraint?: string }).constraint !== 'plan_requests_follows_key') throw error;
      });
  }
  return count;
}
