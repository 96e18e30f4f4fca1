import { ageSeconds } from '@/lib/base/time';
import type { Bloat } from '@/lib/contract/tables';
import { isCurrent, type MeasuredFile, type TableMotion } from '@/lib/engine/bloat-measured';
import type { CheckRow } from '@/lib/engine/define-check';
import { numberOf, textOf } from '@/lib/queries/table-sources';

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
