import { recordResults } from '@/lib/store/check-results';
import { turnDays } from '@/lib/store/day-partitions';
import type { Store } from '@/lib/store/db';
import { closeFindings, recordFindings } from '@/lib/store/findings';
import { append, type Sample, type SeriesIds } from '@/lib/store/series';
import type { Outcome } from '@/workers/collector/visit';

export interface PersistInput {
  db: Store;
  clusterId: string;
  instanceId: string;
  outcomes: readonly Outcome[];
  seriesIds: SeriesIds;
  /** Done in the same transaction, first: what the visit learned of the server itself. */
  also?: (db: Store) => Promise<void>;
}

/**
 * Stores what a visit saw in one transaction: samples, results, findings. Only then is it remembered, so that a tick
 * that could not be stored is measured again as part of the next.
 *
 * @returns true when a finding opened, closed or changed its level.
 */
export async function persist(input: PersistInput): Promise<boolean> {
  const at = new Date().toISOString();
  try {
    return await write(input, at);
  } catch (error) {
    forget(input);
    // No partition takes this day: the clock went past the days that were made ahead.
    if (!(error instanceof Error && 'code' in error && error.code === '23514')) throw error;
    await turnDays(input.db);
    return await write(input, at).catch((again: unknown) => {
      forget(input);
      throw again;
    });
  }
}

function forget({ seriesIds, outcomes }: PersistInput): void {
  seriesIds.clear();
  for (const outcome of outcomes) outcome.rollback();
}

async function write(
  { db, outcomes, seriesIds, also, ...owner }: PersistInput,
  at: string,
): Promise<boolean> {
  const samples = outcomes.flatMap(({ result, observation }) =>
    (observation?.samples ?? []).map(
      (sample): Sample => ({ checkId: result.checkId, database: result.database, ...sample }),
    ),
  );
  const moved = await db.transaction().execute(async (trx) => {
    await also?.(trx);
    await append(trx, owner, at, samples, seriesIds);
    await recordResults(
      trx,
      owner.instanceId,
      at,
      outcomes.map(({ result }) => result),
    );
    let changed = false;
    for (const { result, observation, store } of outcomes) {
      await store?.(trx, at);
      if (!observation) continue;
      const place = { ...owner, checkId: result.checkId, database: result.database };
      const found = observation.verdicts.flatMap((verdict) =>
        verdict.level === 'ok' ? [] : [{ ...verdict, level: verdict.level }],
      );
      if (await recordFindings(trx, place, at, found)) changed = true;
      if ((await closeFindings(trx, place, at, observation.closed)) > 0) changed = true;
    }
    return changed;
  });
  for (const outcome of outcomes) outcome.commit();
  return moved;
}
