import { type ArchiveFile, readArchiveFile, walName, walPlace } from '@/lib/engine/wal-names';

/** Segments of one timeline without a hole between them. Times are epoch seconds of the archive's files, where known. */
export interface WalRange {
  timeline: number;
  /** Places in the log, counted in segments; both ends belong to it. */
  first: number;
  last: number;
  firstAt: number | null;
  lastAt: number | null;
}

/** One file as the archive lists it. */
export interface ListedFile {
  /** Path inside the archive; only its last part counts. */
  path: string;
  bytes: number | null;
  /** Epoch seconds. */
  at: number | null;
}

/** A segment whose file is there and can't be used: for a restore it is as good as missing. */
export interface UnusableSegment {
  name: string;
  timeline: number;
  number: number;
  why: string;
}

export interface ArchiveListing {
  ranges: WalRange[];
  unusable: UnusableSegment[];
  /** Timelines whose history file is there. */
  histories: number[];
  /** Names that fit no segment of this size: the size is wrong, or the archive is not this server's. */
  strangers: number;
}

interface Held {
  timeline: number;
  number: number;
  at: number | null;
  why: string | null;
  checksum: string | null;
}

// AES-CBC of pgBackRest: 8 bytes of magic, 8 of salt, then the data filled up to the next whole block.
const cipherBytes = 32;

/** What the size of a file alone tells: a packed one has no size that it must have, but it can't be empty. */
function whyTooShort(
  { bytes }: ListedFile,
  { packing }: Extract<ArchiveFile, { kind: 'segment' }>,
  segmentBytes: number,
  isEncrypted: boolean,
): string | null {
  if (bytes === null) return null;
  if (bytes === 0) return 'its file is empty';
  if (packing !== null) return null;
  const whole = segmentBytes + (isEncrypted ? cipherBytes : 0);
  return bytes === whole ? null : `its file has ${bytes} of ${whole} bytes`;
}

/**
 * Sorts the files of an archive into ranges without holes. Two different files of one segment make it unusable, as
 * pgBackRest refuses to choose between them.
 */
export function readListing(
  files: readonly ListedFile[],
  { segmentBytes, isEncrypted = false }: { segmentBytes: number; isEncrypted?: boolean },
): ArchiveListing {
  const held = new Map<string, Held>();
  const histories = new Set<number>();
  let strangers = 0;
  for (const listed of files) {
    const file = readArchiveFile(listed.path.slice(listed.path.lastIndexOf('/') + 1));
    if (file?.kind === 'history') histories.add(file.timeline);
    if (file?.kind !== 'segment') continue;
    const place = walPlace(file.name, segmentBytes);
    if (!place) {
      strangers += 1;
      continue;
    }
    const why = whyTooShort(listed, file, segmentBytes, isEncrypted);
    const before = held.get(file.name);
    const twice = before !== undefined && before.checksum !== file.checksum;
    held.set(file.name, {
      ...place,
      at: listed.at,
      checksum: file.checksum,
      why: twice ? 'two different files claim to be it' : why,
    });
  }
  const all = [...held.entries()];
  return {
    ranges: joinRanges(
      all.flatMap(([, { timeline, number, at, why }]) =>
        why === null ? [{ timeline, first: number, last: number, firstAt: at, lastAt: at }] : [],
      ),
    ),
    unusable: all.flatMap(([name, { timeline, number, why }]) =>
      why === null ? [] : [{ name, timeline, number, why }],
    ),
    histories: [...histories].sort((left, right) => left - right),
    strangers,
  };
}

/** Joins ranges that touch or overlap; the result is in order of timeline and place. */
export function joinRanges(ranges: readonly WalRange[]): WalRange[] {
  const sorted = [...ranges].sort(
    (left, right) => left.timeline - right.timeline || left.first - right.first || right.last - left.last,
  );
  const joined: WalRange[] = [];
  for (const range of sorted) {
    const open = joined.at(-1);
    if (open && open.timeline === range.timeline && range.first <= open.last + 1) {
      if (range.last > open.last) Object.assign(open, { last: range.last, lastAt: range.lastAt });
    } else joined.push({ ...range });
  }
  return joined;
}

/**
 * Known ranges with a newer look at a part of the archive: per timeline, everything from `from` on is as the look says,
 * what lies before it stays. A timeline that `from` does not name stays whole.
 */
export function mergeRanges(
  known: readonly WalRange[],
  seen: readonly WalRange[],
  from: ReadonlyMap<number, number>,
): WalRange[] {
  const kept = known.flatMap((range) => {
    const begin = from.get(range.timeline);
    if (begin === undefined || range.last < begin) return [range];
    // The moment of the segment before the cut is not known; the newer look's first segment comes right after it.
    return range.first < begin ? [{ ...range, last: begin - 1, lastAt: null }] : [];
  });
  return joinRanges([...kept, ...seen]);
}

/** A stretch of segments that are not there, between two that are. */
export interface WalGap {
  timeline: number;
  first: number;
  last: number;
  /** When the segment before it came, and the one after it; epoch seconds. */
  before: number | null;
  after: number | null;
}

/** Gaps between ranges of the same timeline, in order. */
export function gapsOf(ranges: readonly WalRange[]): WalGap[] {
  const joined = joinRanges(ranges);
  return joined.flatMap((range, index) => {
    const next = joined[index + 1];
    if (!next || next.timeline !== range.timeline) return [];
    return [
      {
        timeline: range.timeline,
        first: range.last + 1,
        last: next.first - 1,
        before: range.lastAt,
        after: next.firstAt,
      },
    ];
  });
}

/** How people read a stretch of segments: its name, or the first and last of several. */
export function gapText(
  gap: { timeline: number; first: number; last: number },
  segmentBytes: number,
): string {
  const { timeline, first, last } = gap;
  const name = walName({ timeline, number: first }, segmentBytes);
  return first === last ? name : `${name} to ${walName({ timeline, number: last }, segmentBytes)}`;
}
