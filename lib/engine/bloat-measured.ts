import { ageSeconds } from '@/lib/base/time';

export interface MeasuredFile {
  at: string;
  bytes: number;
  bloatBytes: number;
  bloatPercent: number;
  method: string;
  /** Null when it was measured on a standby, which counts no writes. */
  rowsWritten: number | null;
}

/** Measured files by `fileKey`: of each the newest. */
export type MeasuredFiles = ReadonlyMap<string, MeasuredFile>;

export type FilePart = 'table' | 'toast' | 'index';

/** Names as one text that no name can forge. `name` is the table's, or the index's for an index. */
export function fileKey(database: string, part: FilePart, schema: string, name: string): string {
  return JSON.stringify([database, part, schema, name]);
}

type Fields = Readonly<Record<string, unknown>>;
const textIn = (row: Fields, name: string) => (typeof row[name] === 'string' ? row[name] : '');
const numberIn = (row: Fields, name: string) => (typeof row[name] === 'number' ? row[name] : null);

/** Reads the facts of stored measurements, newest first. What does not have their shape is passed over. */
export function measuredFiles(
  stored: readonly { database: string; at: string; facts: Fields }[],
): MeasuredFiles {
  const files = new Map<string, MeasuredFile>();
  for (const { database, at, facts } of stored) {
    for (const each of Array.isArray(facts.measured) ? facts.measured : []) {
      const row = each as Fields;
      const name = textIn(row, 'index') || textIn(row, 'table');
      const key = fileKey(database, textIn(row, 'part') as FilePart, textIn(row, 'schema'), name);
      if (files.has(key)) continue;
      files.set(key, {
        at,
        bytes: numberIn(row, 'bytes') ?? 0,
        bloatBytes: numberIn(row, 'bloatBytes') ?? 0,
        bloatPercent: numberIn(row, 'bloatPercent') ?? 0,
        method: textIn(row, 'method') || 'measured',
        rowsWritten: numberIn(row, 'rowsWritten'),
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
export function isCurrent(file: MeasuredFile, motion: TableMotion, now: Date): boolean {
  const longest = file.rowsWritten === null ? uncountedSeconds : longestSeconds;
  if (ageSeconds(file.at, now) > longest) return false;
  if (motion.bytes !== null && Math.abs(motion.bytes - file.bytes) > driftShare * Math.max(file.bytes, 8192))
    return false;
  if (motion.rowsWritten === null || file.rowsWritten === null) return true;
  const written = motion.rowsWritten - file.rowsWritten;
  return written >= 0 && written <= driftShare * Math.max(motion.liveRows ?? 0, 1000);
}

/** Finds the measurement of a file that still counts, with its age in seconds. */
export type FindMeasured = (
  part: FilePart,
  schema: string,
  name: string,
  motion: TableMotion,
) => (MeasuredFile & { ageSeconds: number }) | undefined;

/** What was measured of the files of one database, as of a moment. */
export function findMeasuredIn(files: MeasuredFiles, database: string, now: Date): FindMeasured {
  return (part, schema, name, motion) => {
    const file = files.get(fileKey(database, part, schema, name));
    return file && isCurrent(file, motion, now)
      ? { ...file, ageSeconds: ageSeconds(file.at, now) }
      : undefined;
  };
}
