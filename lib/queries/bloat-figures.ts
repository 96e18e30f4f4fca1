import { ageSeconds } from '@/lib/base/time';
import type { Bloat } from '@/lib/contract/tables';
import type { CheckRow } from '@/lib/engine/define-check';
import type { JsonObject } from '@/lib/engine/define-job';
import { nameKey, numberOf, textOf } from '@/lib/queries/table-sources';

export interface MeasuredFile {
  at: string;
  bytes: number;
  bloatBytes: number;
  bloatPercent: number;
  method: string;
  /** Null when it was measured on a standby, which counts no writes. */
  rowsWritten: number | null;
}

/** Measured files by `nameKey(database, part, schema, name)`: of each the newest. */
export type MeasuredFiles = ReadonlyMap<string, MeasuredFile>;

/** Reads the facts of stored measurements, newest first. What does not have their shape is passed over. */
export function measuredFiles(
  stored: readonly { database: string; at: string; facts: JsonObject }[],
): MeasuredFiles {
  const files = new Map<string, MeasuredFile>();
  for (const { database, at, facts } of stored) {
    for (const each of Array.isArray(facts.measured) ? facts.measured : []) {
      const row = each as CheckRow;
      const key = nameKey(
        database,
        textOf(row, 'part') ?? '',
        textOf(row, 'schema') ?? '',
        textOf(row, 'index') ?? textOf(row, 'table') ?? '',
      );
      if (files.has(key)) continue;
      files.set(key, {
        at,
        bytes: numberOf(row, 'bytes') ?? 0,
        bloatBytes: numberOf(row, 'bloatBytes') ?? 0,
        bloatPercent: numberOf(row, 'bloatPercent') ?? 0,
        method: textOf(row, 'method') ?? 'measured',
        rowsWritten: numberOf(row, 'rowsWritten'),
      });
    }
  }
  return files;
}

export interface TableMotion {
  /** Rows written since the server's counters began; null when it is not known. */
  rowsWritten: number | null;
  liveRows: number | null;
  bytes: number | null;
}

/** The share of changes after which statistics count as too old; a measurement is held to the same. */
const driftShare = 0.2;
const longestSeconds = 30 * 86_400;
/** Where nobody can say what was written since, it is held for a day. */
const uncountedSeconds = 86_400;

/** Whether a measurement still says more than an estimate: not too old, and not much was written since. */
function isCurrent(file: MeasuredFile, motion: TableMotion, now: Date): boolean {
  const longest = file.rowsWritten === null ? uncountedSeconds : longestSeconds;
  if (ageSeconds(file.at, now) > longest) return false;
  if (motion.bytes !== null && Math.abs(motion.bytes - file.bytes) > driftShare * Math.max(file.bytes, 8192))
    return false;
  if (motion.rowsWritten === null || file.rowsWritten === null) return true;
  const written = motion.rowsWritten - file.rowsWritten;
  return written >= 0 && written <= driftShare * Math.max(motion.liveRows ?? 0, 1000);
}

export interface BloatInput {
  /** The row of the estimate, and its columns for this file. */
  estimate: CheckRow | undefined;
  columns: { bytes: string; size: string; method: string | null };
  measured: MeasuredFile | undefined;
  motion: TableMotion;
  now: Date;
}

/** The dead space of one file: measured while that is current, else estimated, else why it is not known. */
export function bloatOf({ estimate, columns, measured, motion, now }: BloatInput): Bloat | null {
  const bytes = numberOf(estimate, columns.bytes);
  const size = numberOf(estimate, columns.size);
  const estimatedPercent = bytes !== null && size ? (100 * bytes) / size : null;
  if (measured && isCurrent(measured, motion, now)) {
    return {
      bytes: measured.bloatBytes,
      percent: measured.bloatPercent,
      method: measured.method,
      ageSeconds: ageSeconds(measured.at, now),
      notKnown: null,
      mend: null,
      estimatedPercent,
    };
  }
  if (!estimate) return null;
  const notKnown = columns.method === null ? null : textOf(estimate, 'not_known');
  if (columns.method === null && bytes === null) return null;
  return {
    bytes,
    percent: estimatedPercent,
    method: columns.method ?? textOf(estimate, 'method') ?? 'estimate',
    ageSeconds: numberOf(estimate, 'statistics_age_seconds'),
    notKnown,
    mend: textOf(estimate, 'mend'),
    estimatedPercent,
  };
}
