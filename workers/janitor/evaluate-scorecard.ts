import type { Logger } from 'pino';
import { messageOf } from '@/lib/base/errors';
import { unknown } from '@/lib/engine/criterion-verdict';
import type { CriterionContext, CriterionDefinition, CriterionVerdict } from '@/lib/engine/define-criterion';
import { expiryOf } from '@/lib/engine/scorecard';
import { openCriterionContext } from '@/lib/store/criterion-context';
import { recordCriterionResult } from '@/lib/store/criterion-results';
import type { Store } from '@/lib/store/db';
import type { WindowMemory } from '@/workers/janitor/window-memory';

/**
 * Judges every criterion of every cluster by what is stored, and keeps the verdicts. A criterion that throws is a
 * defect of ours: it becomes unknown with its reason and keeps none of the others from being judged.
 *
 * @returns the clusters of which something changed, for hints to pages.
 * @throws what the store throws when our database is away; nothing is lost, the next evaluation does it all again.
 */
export async function evaluateScorecard(
  db: Store,
  criteria: Record<string, CriterionDefinition>,
  log: Pick<Logger, 'error'>,
  options: { now?: Date; memory?: WindowMemory; isStopped?: () => boolean } = {},
): Promise<string[]> {
  const clusters = await db.selectFrom('clusters').select('id').where('removed_at', 'is', null).execute();
  const changed: string[] = [];
  for (const { id: clusterId } of clusters) {
    const stored = await openCriterionContext(db, clusterId, options.now ?? new Date());
    const ctx = options.memory?.remembering(stored) ?? stored;
    let moved = false;
    for (const [criterionId, criterion] of Object.entries(criteria)) {
      if (options.isStopped?.()) return changed;
      const verdict = await judge(criterion, ctx).catch((error: unknown) => {
        log.error(
          { err: error, criterion: criterionId, cluster: clusterId },
          'a criterion could not be judged',
        );
        return unknown(`It could not be judged: ${messageOf(error)}. The worker’s log has more.`);
      });
      const result = {
        criterionId,
        clusterId,
        definitionVersion: criterion.version,
        ...verdict,
        expiresAt: expiryOf(verdict.observedAt, criterion.expiresAfterSeconds),
      };
      if (await recordCriterionResult(db, result)) moved = true;
    }
    if (moved) changed.push(clusterId);
  }
  return changed;
}

/** Green needs evidence that can be opened: a pass without any is a defect of the definition. */
async function judge(criterion: CriterionDefinition, ctx: CriterionContext): Promise<CriterionVerdict> {
  const verdict = await criterion.evaluate(ctx);
  if (verdict.state === 'pass' && (verdict.observedAt === null || verdict.links.length === 0)) {
    return unknown(`It names no evidence, so it is not proven: ${verdict.sentence}`);
  }
  return verdict;
}
