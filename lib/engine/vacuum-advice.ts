/** What the advice for one table is drawn from. Rows and counters are of the server's statistics. */
export interface VacuumFacts {
  rows: number;
  bytes: number;
  enabled: boolean;
  /** The table's own setting, or the server's. */
  vacuumScale: number;
  vacuumThreshold: number;
  /** 18 and newer: no more dead rows than this; undefined elsewhere. */
  vacuumMaxThreshold: number | undefined;
  insertScale: number;
  analyzeScale: number;
  inserted: number;
  updatedOrDeleted: number;
}

export interface VacuumAdvice {
  reason: string;
  /** `alter table … set (…)`: its options, in order. */
  set: Record<string, string>;
  /** Options to take back to the server's. */
  reset: string[];
}

/** From how many rows on a table is worth settings of its own. */
const leastRows = 1_000_000;
/** More dead rows than this at once make a vacuum long, whatever the table's size. */
const mostDeadRows = 500_000;
const mostChangedRows = 1_000_000;
const leastOffRows = 10_000;

/**
 * Settings for one table that the server-wide scale factors do not suit (manual: Automatic Vacuuming): a share of a
 * very large table is a very large vacuum. Undefined where the table is well served.
 */
export function vacuumAdvice(facts: VacuumFacts): VacuumAdvice | undefined {
  const reasons: string[] = [];
  const set: Record<string, string> = {};
  const reset: string[] = [];
  if (!facts.enabled && facts.rows >= leastOffRows) {
    reasons.push('autovacuum is switched off for it');
    reset.push('autovacuum_enabled');
  }
  if (facts.rows >= leastRows) {
    const from = Math.min(
      facts.vacuumThreshold + facts.vacuumScale * facts.rows,
      facts.vacuumMaxThreshold ?? Number.POSITIVE_INFINITY,
    );
    const isInsertOnly = facts.inserted > 0 && facts.updatedOrDeleted < facts.inserted / 100;
    if (!isInsertOnly && facts.updatedOrDeleted > 0 && from > 2 * mostDeadRows) {
      reasons.push(`autovacuum waits for ${Math.round(from).toLocaleString('en-US')} dead rows`);
      set.autovacuum_vacuum_scale_factor = shareFor(mostDeadRows, facts.rows);
      set.autovacuum_vacuum_threshold = '10000';
    }
    if (isInsertOnly && facts.insertScale * facts.rows > 5 * mostChangedRows) {
      reasons.push('rows are only added, and pages stay unfrozen for long');
      set.autovacuum_vacuum_insert_scale_factor = shareFor(2 * mostChangedRows, facts.rows);
    }
    if (facts.analyzeScale * facts.rows > 2 * mostChangedRows) {
      reasons.push(
        `the planner waits for ${Math.round(facts.analyzeScale * facts.rows).toLocaleString('en-US')} changes`,
      );
      set.autovacuum_analyze_scale_factor = shareFor(mostChangedRows, facts.rows);
    }
  }
  return reasons.length > 0 ? { reason: reasons.join('; '), set, reset } : undefined;
}

/** A scale factor of one significant digit that gives about so many rows, never below a thousandth. */
function shareFor(rows: number, of: number): string {
  return String(Math.max(0.001, Number((rows / of).toPrecision(1))));
}
