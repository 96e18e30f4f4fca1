import { sql } from 'kysely';
import type { EvidenceLink } from '@/lib/contract/scorecard';
import type { CriterionVerdict } from '@/lib/engine/define-criterion';
import type { Store } from '@/lib/store/db';

export interface CriterionResult {
  criterionId: string;
  clusterId: string;
  definitionVersion: number;
  state: CriterionVerdict['state'];
  value: number | null;
  sentence: string;
  links: EvidenceLink[];
  observedAt: string | null;
  expiresAt: string | null;
  /** When this stretch began and when it was last seen to hold. */
  evaluatedAt: string;
  lastConfirmedAt: string;
}

export type NewCriterionResult = Omit<CriterionResult, 'evaluatedAt' | 'lastConfirmedAt'>;

/** A measured value that moves all the time gets a row of history an hour, not one per evaluation. */
const valueEverySeconds = 3600;

const columns = [
  'criterion_id as criterionId',
  'cluster_id as clusterId',
  'definition_version as definitionVersion',
  'state',
  'value',
  'sentence',
  'links',
  'observed_at as observedAt',
  'expires_at as expiresAt',
  'evaluated_at as evaluatedAt',
  'last_confirmed_at as lastConfirmedAt',
] as const;

/**
 * Stores a verdict. A new row begins when the state, the definition's version or what it rests on (run, evidence,
 * backup) is another, and once an hour when only the value moved; else the newest row is confirmed in place with the
 * newest figures, so that history is what changed and not how often somebody looked.
 *
 * @returns whether the state, the version or the evidence changed.
 */
export async function recordCriterionResult(db: Store, result: NewCriterionResult): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const last = await trx
      .selectFrom('criterion_results')
      .select(['id', 'state', 'value', 'definition_version', 'links'])
      .select(
        sql<boolean>`evaluated_at < clock_timestamp() - make_interval(secs => ${valueEverySeconds})`.as(
          'old',
        ),
      )
      .where('cluster_id', '=', result.clusterId)
      .where('criterion_id', '=', result.criterionId)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    const changed =
      last?.state !== result.state ||
      last.definition_version !== result.definitionVersion ||
      grounds(last.links) !== grounds(result.links);
    const figures = {
      value: result.value,
      sentence: result.sentence,
      links: JSON.stringify(result.links),
      observed_at: result.observedAt,
      expires_at: result.expiresAt,
    };
    if (last && !changed && !(last.old && last.value !== result.value)) {
      await trx
        .updateTable('criterion_results')
        .set({ ...figures, last_confirmed_at: sql`clock_timestamp()` })
        .where('id', '=', last.id)
        .execute();
      return false;
    }
    await trx
      .insertInto('criterion_results')
      .values({
        criterion_id: result.criterionId,
        cluster_id: result.clusterId,
        definition_version: result.definitionVersion,
        state: result.state,
        ...figures,
        evaluated_at: sql`clock_timestamp()`,
        last_confirmed_at: sql`clock_timestamp()`,
      })
      .execute();
    return changed;
  });
}

/** What a verdict rests on, apart from checks, which are read anew each time. */
function grounds(links: readonly EvidenceLink[]): string {
  return links
    .filter(({ kind }) => kind !== 'check')
    .map(({ kind, id }) => `${kind}:${id}`)
    .sort()
    .join(' ');
}

/** The newest result of each criterion of each of the clusters. */
export function latestCriterionResults(db: Store, clusterIds: readonly string[]): Promise<CriterionResult[]> {
  if (clusterIds.length === 0) return Promise.resolve([]);
  return db
    .selectFrom('criterion_results')
    .distinctOn(['cluster_id', 'criterion_id'])
    .select(columns)
    .where('cluster_id', 'in', [...clusterIds])
    .orderBy('cluster_id')
    .orderBy('criterion_id')
    .orderBy('id', 'desc')
    .execute();
}

/** What a criterion of a cluster was, newest first. */
export function criterionHistory(
  db: Store,
  clusterId: string,
  criterionId: string,
  limit: number,
): Promise<CriterionResult[]> {
  return db
    .selectFrom('criterion_results')
    .select(columns)
    .where('cluster_id', '=', clusterId)
    .where('criterion_id', '=', criterionId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** The number of the newest event by which a run stored evidence or a backup, on whichever worker; 0 before any. */
export async function newestProof(db: Store): Promise<number> {
  const newest = await db
    .selectFrom('run_events')
    .select('id')
    .where('event', 'in', ['evidence', 'backup'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return newest?.id ?? 0;
}
