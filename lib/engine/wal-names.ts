/**
 * Names of WAL files (manual: Write-Ahead Logging Internals). A segment is `TTTTTTTTLLLLLLLLSSSSSSSS`: timeline, and
 * the two halves of its place in the log. How far the lower half counts depends on the size of a segment.
 */

export const defaultSegmentBytes = 16 * 1024 * 1024;

const fourGigabytes = 2 ** 32;

export interface WalPlace {
  timeline: number;
  /** Place in the log, counted in segments from its beginning: consecutive segments differ by 1. */
  number: number;
}

/** What one file of an archive is; `name` without what pgBackRest appends to it. */
export type ArchiveFile =
  | { kind: 'segment'; name: string; checksum: string | null; packing: string | null }
  | { kind: 'partial'; name: string }
  | { kind: 'history'; name: string; timeline: number }
  | { kind: 'label'; name: string };

const segmentName = /^[0-9A-F]{24}$/;
// pgBackRest writes `<segment>-<sha1>[.gz|.lz4|.zst|.bz2]`; other tools write the bare name, or one with an ending.
const segmentFile = /^([0-9A-F]{24})(\.partial)?(?:-([0-9a-f]{40}))?(?:\.(gz|lz4|zst|bz2|xz|br|lzo))?$/;
const historyFile = /^([0-9A-F]{8})\.history(?:\.(?:gz|lz4|zst|bz2|xz|br|lzo))?$/;
const labelFile = /^[0-9A-F]{24}\.[0-9A-F]{8}\.backup(?:\.\w+)?$/;

/** Reads the name of a file in an archive (without its folder); undefined for what is no WAL. */
export function readArchiveFile(file: string): ArchiveFile | undefined {
  const segment = segmentFile.exec(file);
  if (segment) {
    const [, name = '', partial, checksum, packing] = segment;
    if (partial) return { kind: 'partial', name };
    return { kind: 'segment', name, checksum: checksum ?? null, packing: packing ?? null };
  }
  const history = historyFile.exec(file);
  if (history?.[1]) {
    return { kind: 'history', name: `${history[1]}.history`, timeline: Number.parseInt(history[1], 16) };
  }
  return labelFile.test(file) ? { kind: 'label', name: file } : undefined;
}

/** Where a segment stands. Undefined when the name is none, or counts further than segments of this size do. */
export function walPlace(name: string, segmentBytes: number): WalPlace | undefined {
  if (!segmentName.test(name)) return undefined;
  const perLog = fourGigabytes / segmentBytes;
  const low = Number.parseInt(name.slice(16), 16);
  if (low >= perLog) return undefined;
  return {
    timeline: Number.parseInt(name.slice(0, 8), 16),
    number: Number.parseInt(name.slice(8, 16), 16) * perLog + low,
  };
}

/** The name of a segment at a place. */
export function walName({ timeline, number }: WalPlace, segmentBytes: number): string {
  const perLog = fourGigabytes / segmentBytes;
  return [timeline, Math.floor(number / perLog), number % perLog]
    .map((part) => part.toString(16).toUpperCase().padStart(8, '0'))
    .join('');
}

/** The segment that holds a byte of the log (`0/5000028`); undefined when it is no LSN. */
export function segmentOfLsn(lsn: string, segmentBytes: number): number | undefined {
  const parts = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(lsn.trim());
  if (!parts?.[1] || !parts[2]) return undefined;
  const byte = Number.parseInt(parts[1], 16) * fourGigabytes + Number.parseInt(parts[2], 16);
  return Math.floor(byte / segmentBytes);
}

/** Where a timeline left its parent. */
export interface TimelineBranch {
  timeline: number;
  parent: number;
  /** The segment in which it did: of the parent up to there, of the child from there on. */
  number: number;
}

/**
 * Reads a `.history` file (manual: Timelines): `parent<TAB>LSN<TAB>reason` per ancestor, the direct parent last.
 * Undefined when it has no such line.
 */
export function readHistory(
  timeline: number,
  text: string,
  segmentBytes: number,
): TimelineBranch | undefined {
  const lines = text.split('\n').flatMap((line) => {
    const parts = /^\s*(\d{1,10})\s+([0-9A-Fa-f]+\/[0-9A-Fa-f]+)/.exec(line);
    const number = parts?.[2] === undefined ? undefined : segmentOfLsn(parts[2], segmentBytes);
    return parts?.[1] === undefined || number === undefined ? [] : [{ parent: Number(parts[1]), number }];
  });
  const last = lines.at(-1);
  return last && last.parent < timeline ? { timeline, ...last } : undefined;
}
