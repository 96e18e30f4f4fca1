import type { Unit } from '@/lib/base/units';
import type { FindMeasured } from '@/lib/engine/bloat-measured';
import type { RoleName } from '@/lib/engine/roles';

/** What a column of a check is for. `key` columns name the object; counters are stored as deltas. */
export type ColumnRole = 'key' | 'text' | 'gauge' | 'counter';

export interface ColumnDefinition {
  role: ColumnRole;
  label: string;
  /** Of gauges and counters (a counter's unit is that of its delta). */
  unit?: Unit;
  /** Text of statements holds literals: only people with `statement-literals` see it. */
  literals?: true;
}

export type Columns = Record<string, ColumnDefinition>;

/** One row as the server gave it: numbers as float8, everything else text; null is "not known". */
export type CheckRow = Record<string, string | number | boolean | null>;

/** A ratio of sums over the interval, in percent: 100 × Σ numerator / Σ denominator. */
export interface RatioDefinition<N extends string> {
  label: string;
  of: readonly N[];
  over: readonly N[];
}

/** What must be there before a check can run; the collector turns a lack of it into `unknown` and its mend. */
export type Need =
  | { extension: string; mend: string }
  | { role: RoleName | string; mend: string }
  | { setting: string; value: string; mend: string };

export type CheckSql = string | { unsupported: string };

export type Level = 'ok' | 'warn' | 'crit' | 'unknown';

/**
 * One judgement. `{name}` in a sentence is replaced by the value of that column, ratio or key, written with its
 * unit; `{instance}`, `{cluster}` and `{database}` are always there.
 */
export interface JudgeDefinition<N extends string> {
  column: N;
  /** `above`: larger is worse. */
  worse: 'above' | 'below';
  warn?: number;
  crit?: number;
  /** How long it must hold before a finding opens. */
  forSeconds?: number;
  /** Below this volume nothing is judged: a ratio of three blocks says nothing. */
  minimum?: { column: N; value: number };
  /** A text column: where it is not null the object is `unknown` and this is the reason. */
  unknownFrom?: N;
  /** What makes it known again, as a sentence or a statement. */
  unknownMend?: string;
  /** A text column with the mend of this very object (its ANALYZE, its GRANT); used before `unknownMend`. */
  unknownMendFrom?: N;
  sentence: string;
}

export interface DrawDefinition<N extends string> {
  as: 'line' | 'area' | 'stacked' | 'table' | 'stat';
  title: string;
  columns: readonly N[];
}

/** An act that mends a finding: the job kind and which of the row's columns fill its input. */
export interface FixDefinition<N extends string> {
  job: string;
  label: string;
  /** Input field → column; `$instance`, `$cluster` and `$database` name the target. */
  input: Record<string, N | '$instance' | '$cluster' | '$database'>;
  /** Offered only where this column has one of these values: what does not run cannot be cancelled. */
  when?: { column: N; is: readonly string[] };
}

/** What a tired person reads beside a finding: plain sentences. The acts as buttons are the check's `fixedBy`. */
export interface Runbook {
  means: string;
  /** How to make sure that it is so. */
  confirm: string;
  /** What to do, in order. */
  act: string;
  /** What would make it worse. */
  avoid: string;
}

/** What `derive` gets: rows of this tick, of the one before (or none), and of the cluster's other instances. */
export interface DeriveInput {
  rows: CheckRow[];
  previous: CheckRow[] | undefined;
  /** Seconds between the two, measured on the server's clock; undefined without `previous`. */
  elapsedSeconds: number | undefined;
  /** Newest rows of the same check on the other instances of the cluster, by instance id. */
  peers: Record<string, CheckRow[]>;
  /** For checks that use measurements: what a run has measured of a file, while that is current. */
  measured?: FindMeasured;
}

export interface CheckDefinition<C extends Columns = Columns, R extends string = string> {
  title: string;
  /** What breaks if this is ignored, in a sentence or two. */
  why: string;
  /** The manual's page that the figures come from. */
  source: string;
  target: 'cluster' | 'instance' | 'database';
  runsOn: 'primary' | 'standby' | 'any';
  /** Seconds between two runs. */
  everySeconds: number;
  /** Deadline of one run on the server, in ms (statement_timeout); 5000 unless said. */
  timeoutMs?: number;
  needs?: readonly Need[];
  /** SQL by the lowest server_version_num it is for (`140000: …`); or the name of a source that yields the rows. */
  sql?: Record<number, CheckSql>;
  rowsFrom?: string;
  /** Used instead of `sql` on servers where this function exists and may be called: it can see more. */
  preferred?: { function: string; sql: string };
  columns: C;
  ratios?: Record<R, RatioDefinition<keyof C & string>>;
  /** `series`: numbers over time are kept; `snapshot`: only the latest rows; a check may keep both. */
  keep: readonly ('series' | 'snapshot')[];
  /** How many rows the snapshot keeps, for lists of objects; 1000 unless said. */
  snapshotRows?: number;
  /** The part of a list page that this check's rows are: the page finds it by this name (`tables.sizes`). */
  feeds?: string;
  /** Keep only so many key tuples, the top ones by a column; the rest is summed as `(other)`. */
  maxSeries?: { by: keyof C & string; count: number };
  derive?: (input: DeriveInput) => CheckRow[];
  /** `derive` is given what runs have measured of the files of the database. */
  usesMeasurements?: true;
  /** `derive` carries facts from reading to reading in its rows: after a restart it gets the stored ones as `previous`. */
  remembers?: true;
  judge?: readonly JudgeDefinition<(keyof C & string) | NoInfer<R>>[];
  /** Shown of each instance on the fleet page: the last hour of a column or ratio, or the rows' total of one. */
  onFleet?: { as: 'sparkline' | 'total'; column: (keyof C & string) | NoInfer<R>; order: number };
  draw: readonly DrawDefinition<(keyof C & string) | NoInfer<R>>[];
  fixedBy?: readonly FixDefinition<keyof C & string>[];
  runbook?: Runbook;
  /** People outside hear of its warnings, too, under this subject; of critical findings they hear anyway. */
  alerts?: 'backup' | 'drill' | 'recovery';
}

/** Gives a check its types: names in `judge`, `draw` and `ratios` are checked against `columns`. */
export function defineCheck<const C extends Columns, const R extends string = never>(
  definition: CheckDefinition<C, R>,
): CheckDefinition<C, R> {
  return definition;
}

/** Any check, as the interpreters see it. */
export type AnyCheck = CheckDefinition<Columns, string>;

/** The check's SQL for a server, or why there is none. The highest entry not above the server's version counts. */
export function sqlForVersion(check: Pick<AnyCheck, 'sql'>, serverVersionNum: number): CheckSql {
  const fitting = Object.keys(check.sql ?? {})
    .map(Number)
    .filter((version) => version <= serverVersionNum)
    .sort((left, right) => right - left);
  const best = fitting[0];
  const sql = best === undefined ? undefined : check.sql?.[best];
  return sql ?? { unsupported: `needs a newer server than ${Math.floor(serverVersionNum / 10_000)}` };
}
