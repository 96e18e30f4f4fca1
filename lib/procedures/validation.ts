import type { Session } from '@/lib/engine/define-job';

/** One thing that a drill looked at. `partial`: something could not be judged, or is not as it was. */
export type DrillCheck = {
  name: string;
  verdict: 'pass' | 'partial' | 'fail';
  detail: string;
};

export type Verdict = DrillCheck['verdict'];

/** The worst of them; nothing looked at proves nothing. */
export function worstVerdict(checks: readonly DrillCheck[]): Verdict {
  if (checks.some((check) => check.verdict === 'fail')) return 'fail';
  if (checks.length === 0 || checks.some((check) => check.verdict === 'partial')) return 'partial';
  return 'pass';
}

/** Names and values of a server in a sentence: a few, each capped. */
export function shownList(items: readonly string[], limit = 5): string {
  const shown = items.slice(0, limit).map((item, place, all) => {
    const cut = item.length > 200 ? `${item.slice(0, 200)}…` : item;
    // Sentences, too, stand here: what goes on with a semicolon has not ended.
    return place < all.length - 1 || items.length > limit ? cut.replace(/\.$/, '') : cut;
  });
  return `${shown.join('; ')}${items.length > limit ? `; and ${items.length - limit} more` : ''}`;
}

/** No single statement of a validation takes longer than this. */
export const validationDeadlineMs = 6 * 3600_000;

/**
 * Makes a session read heaps: `count(*)` by an index-only scan counts rows of a destroyed page as present
 * (PostgreSQL documentation, 11.9).
 */
export async function forceHeapScans(session: Session): Promise<void> {
  for (const setting of ['enable_indexscan', 'enable_indexonlyscan', 'enable_bitmapscan']) {
    await session.query(`set ${setting} = off`);
  }
}

/** Schema and name of every partitioned table, as a lookup by JSON text of the pair. */
export async function partitionedTables(session: Session): Promise<ReadonlySet<string>> {
  const rows = await session.query(
    `select n.nspname::text as schema, c.relname::text as name
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'p'`,
  );
  return new Set(rows.map((row) => pairKey(String(row.schema), String(row.name))));
}

export function pairKey(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}
