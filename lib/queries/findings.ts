import { type Actor, refusalFor } from '@/lib/auth/actor';
import type { Finding, Findings, FindingsQuery } from '@/lib/contract/findings';
import type { CheckRow } from '@/lib/engine/define-check';
import type { CheckDescriptor } from '@/lib/engine/descriptors';
import { knownChecks } from '@/lib/queries/known-checks';
import { checkDescriptor } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';
import { type FindingRow, findingCounts, listFindings, mutedCount } from '@/lib/store/finding-reads';

/** Titles of what the collector finds without a check. */
const builtInTitles: Record<string, string> = {
  'instance-unreachable': 'Server not reachable',
  'instance-stranger': 'Another server answers',
};

/** The title of a check; of one that people wrote when it is `known`. */
export function titleOfCheck(checkId: string, known?: ReadonlyMap<string, CheckDescriptor>): string {
  return (known?.get(checkId) ?? checkDescriptor(checkId))?.title ?? builtInTitles[checkId] ?? checkId;
}

/** Findings, open ones worst first or all newest first, with the acts that mend them. */
export async function findings(db: Store, query: FindingsQuery, actor?: Actor): Promise<Findings> {
  const [{ rows, nextCursor }, counts, muted, known] = await Promise.all([
    listFindings(db, query),
    findingCounts(db, query),
    mutedCount(db, query),
    knownChecks(db),
  ]);
  return {
    items: rows.map((row) => findingView(row, known)),
    counts,
    muted,
    muteRefusal: actor ? refusalFor(actor, 'mute') : null,
    nextCursor,
  };
}

/** The part of a page that draws a check (`locks.waiters`): links to it go there. */
export function feedsOfCheck(checkId: string): string | null {
  return checkDescriptor(checkId)?.feeds ?? null;
}

function findingView(row: FindingRow, known: ReadonlyMap<string, CheckDescriptor>): Finding {
  const check = known.get(row.check_id);
  return {
    id: row.id,
    checkId: row.check_id,
    title: titleOfCheck(row.check_id, known),
    feeds: check?.feeds ?? null,
    clusterId: row.cluster_id,
    clusterName: row.cluster_name,
    instanceId: row.instance_id,
    instanceName: row.instance_name,
    database: row.database === '' ? null : row.database,
    object: row.object,
    judged: row.judged,
    level: row.level,
    sentence: row.sentence,
    mend: row.mend,
    openedAt: row.opened_at,
    changedAt: row.changed_at,
    lastSeenAt: row.last_seen_at,
    closedAt: row.closed_at,
    fixes: check && row.closed_at === null ? fixesOf(check, row) : [],
    mute: row.mute,
  };
}

/** Acts with their input filled in from the row that was judged. */
function fixesOf(check: CheckDescriptor, row: FindingRow): Finding['fixes'] {
  const targets: Record<string, string | null> = {
    $instance: row.instance_id,
    $cluster: row.cluster_id,
    $database: row.database || null,
  };
  const filled = (from: string, values: CheckRow) =>
    (from.startsWith('$') ? targets[from] : values[from]) ?? null;
  const fixes = (check.fixedBy ?? [])
    .filter(({ when }) => !when || when.is.includes(String(row.row[when.column])))
    .map(({ job, label, input }) => ({
      job,
      label,
      input: Object.fromEntries(Object.entries(input).map(([field, from]) => [field, filled(from, row.row)])),
    }));
  // An act on what the row does not name (a slot has no process, many objects have no one table) is not one.
  return fixes.filter(({ input }) => Object.values(input).every((value) => value !== null));
}
