import type { Store } from '@/lib/store/db';
import { closeFindings, type FindingPlace, recordFindings } from '@/lib/store/findings';

/**
 * What the collector itself finds, without a check: no page knows these by name. The title is the finding's own.
 */
export type BuiltIn = 'instance-unreachable' | 'instance-stranger';

export interface BuiltInPlace {
  clusterId: string;
  instanceId: string;
  instanceName: string;
}

/** Opens or refreshes one; true when it is new. */
export function openBuiltIn(
  db: Store,
  which: BuiltIn,
  { instanceName, ...owner }: BuiltInPlace,
  sentence: string,
  mend: string | null,
): Promise<boolean> {
  const place: FindingPlace = { checkId: which, database: '', ...owner };
  const finding = { key: '[]', judged: 'reachable', object: instanceName, level: 'crit' as const, row: {} };
  return recordFindings(db, place, new Date().toISOString(), [{ ...finding, sentence, mend }]);
}

/** Closes those that are over; true when one was open. */
export async function closeBuiltIns(
  db: Store,
  which: readonly BuiltIn[],
  instanceId: string,
): Promise<boolean> {
  return (await closeFindings(db, { instanceId, checkIds: which }, new Date().toISOString())) > 0;
}
