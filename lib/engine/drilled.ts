import type { StoredEvidence } from '@/lib/engine/define-criterion';

/** Whether a drill was of a whole server: it proves each of the databases that it has read. */
export function isOfServer(drill: Pick<StoredEvidence, 'database' | 'facts'>): boolean {
  return drill.database === null && drill.facts.method === 'physical';
}

/** The databases that a drill has read. */
export function drilledDatabases(drill: Pick<StoredEvidence, 'database' | 'facts'>): string[] {
  if (drill.database !== null) return [drill.database];
  const { databases } = drill.facts;
  return isOfServer(drill) && Array.isArray(databases) ? databases.map(String) : [];
}

export interface Drilled {
  name: string;
  drill: StoredEvidence;
}

/**
 * For each database the drill that speaks for it: one of its dump or one of the whole server. A success counts before
 * one that could not check everything, the newer before the older; failures are for the caller to see first.
 */
export function drillOfEach(drills: readonly StoredEvidence[], names: readonly string[]): Drilled[] {
  const rank = { pass: 0, partial: 1, fail: 2, info: 3 };
  return names.flatMap((name) => {
    const [drill] = drills
      .filter((one) => drilledDatabases(one).includes(name))
      .sort((a, b) => rank[a.verdict] - rank[b.verdict] || b.observedAt.localeCompare(a.observedAt));
    return drill ? [{ name, drill }] : [];
  });
}

/** What people call a drill: by its database, or by the backup of the whole server. */
export function drillName(drill: Pick<StoredEvidence, 'database' | 'facts'>): string {
  return drill.database ?? `the whole server${drill.facts.label ? ` (${drill.facts.label})` : ''}`;
}
