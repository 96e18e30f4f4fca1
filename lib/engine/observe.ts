import type { FindMeasured } from '@/lib/engine/bloat-measured';
import type { AnyCheck, CheckRow } from '@/lib/engine/define-check';
import { type JudgeContext, type JudgedState, judge, type Verdict } from '@/lib/engine/judge';
import { limitSeries, type MeasuredRow, measure } from '@/lib/engine/rate';

/** What is remembered of one check on one database (or instance) between two ticks. */
export interface CheckMemory {
  /** Rows of the last tick after `derive`, counters as the server shows them. */
  rows?: CheckRow[];
  /** The server's clock at that tick, and ours (a clock that never goes back), both in seconds. */
  serverEpoch?: number;
  steadySeconds?: number;
  states: ReadonlyMap<string, JudgedState>;
}

export interface ObserveInput {
  check: Pick<AnyCheck, 'columns' | 'ratios' | 'judge' | 'keep' | 'maxSeries' | 'derive'>;
  rows: CheckRow[];
  memory: CheckMemory;
  serverEpoch: number;
  steadySeconds: number;
  peers: Record<string, CheckRow[]>;
  measured?: FindMeasured;
  context: JudgeContext;
}

export interface ObservedSample {
  key: Record<string, string>;
  values: Record<string, number | null>;
  seconds: number | null;
}

export interface Observation {
  /** Rows to show: the check's own columns, counters as the server shows them, ratios of the interval. */
  rows: CheckRow[];
  samples: ObservedSample[];
  verdicts: Verdict[];
  closed: string[];
  /** To be remembered once all of this is stored. */
  memory: CheckMemory;
}

/**
 * What one tick of one check means: derive, deltas, ratios, series, judgement. Pure: the collector, tests and a trial
 * run of a check that somebody writes all go through here.
 */
export function observe(input: ObserveInput): Observation {
  const { check, memory } = input;
  const elapsedSeconds = elapsed(input);
  const rows =
    check.derive?.({
      rows: input.rows,
      previous: memory.rows,
      elapsedSeconds,
      peers: input.peers,
      measured: input.measured,
    }) ?? input.rows;
  // Without a measured time there is nothing to divide by, so there are no deltas either.
  const measured = measure({ check, rows, previous: elapsedSeconds === undefined ? undefined : memory.rows });
  const judged = judge({
    check,
    rows: measured,
    context: input.context,
    states: memory.states,
    now: input.steadySeconds,
  });
  return {
    rows: rows.map((row, index) => shownRow(check, row, measured[index])),
    samples: check.keep.includes('series') ? samplesOf(check, measured, elapsedSeconds) : [],
    verdicts: judged.verdicts,
    closed: judged.closed,
    memory: {
      rows,
      serverEpoch: input.serverEpoch,
      steadySeconds: input.steadySeconds,
      states: judged.states,
    },
  };
}

/** Seconds since the last tick by the server's clock; by ours when that was set back or never told. */
function elapsed({ memory, serverEpoch, steadySeconds }: ObserveInput): number | undefined {
  if (!memory.rows || memory.steadySeconds === undefined) return undefined;
  const ours = steadySeconds - memory.steadySeconds;
  const theirs = serverEpoch - (memory.serverEpoch ?? Number.NaN);
  // A clock that was set differs from ours by more than two readings can.
  const seconds = Math.abs(theirs - ours) <= Math.max(2, ours * 0.1) ? theirs : ours;
  return seconds > 0 ? seconds : undefined;
}

function shownRow(check: ObserveInput['check'], row: CheckRow, measured: MeasuredRow | undefined): CheckRow {
  const shown: CheckRow = {};
  for (const name of Object.keys(check.columns)) {
    const value = row[name] ?? null;
    shown[name] = typeof value === 'number' && !Number.isFinite(value) ? null : value;
  }
  for (const name of Object.keys(check.ratios ?? {})) shown[name] = measured?.values[name] ?? null;
  return shown;
}

function samplesOf(
  check: ObserveInput['check'],
  measured: readonly MeasuredRow[],
  elapsedSeconds: number | undefined,
): ObservedSample[] {
  const kept = Object.entries(check.columns).filter(([, { role }]) => role === 'gauge' || role === 'counter');
  const counters = kept.filter(([, { role }]) => role === 'counter').map(([name]) => name);
  return limitSeries(check, measured).flatMap(({ key, values }) => {
    const cells = kept.map(
      ([name]) => [name, typeof values[name] === 'number' ? values[name] : null] as const,
    );
    if (cells.every(([, value]) => value === null)) return [];
    // The seconds are what the deltas are divided by: a key that has none yet must not add to them.
    const hasDeltas = counters.length === 0 || counters.some((name) => typeof values[name] === 'number');
    const seconds = hasDeltas ? (elapsedSeconds ?? null) : null;
    return [{ key, values: Object.fromEntries(cells), seconds }];
  });
}
