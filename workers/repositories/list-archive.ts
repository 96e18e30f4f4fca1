import type { RepositoryLook } from '@/lib/engine/repository-look';
import { type ListedFile, mergeRanges, readListing, type WalRange } from '@/lib/engine/wal-continuity';
import { readArchiveFile, readHistory, type TimelineBranch, walPlace } from '@/lib/engine/wal-names';
import { type AskPlace, listFiles, readFileOf } from '@/workers/repositories/ask';

/** Up to so many segments everything is listed at each look; above it the whole only now and then. */
const smallArchive = 20_000;
const wholeEveryMs = 15 * 60_000;
const unusableKept = 200;
const historiesAtOnce = 20;
const smallestSegment = 1024 * 1024;

export interface ArchiveSeen {
  ranges: WalRange[];
  look: Pick<RepositoryLook, 'segmentBytes' | 'listedAt' | 'branches' | 'unusable'>;
}

interface ListInput {
  repository: number;
  isEncrypted: boolean;
  stanza: string;
  archiveId: string;
  /** What the server says, else what was known, else the usual. */
  segmentBytes: number;
  known: readonly WalRange[];
  before: RepositoryLook;
  /** Segments up to which everything is listed each time; `smallArchive` unless said. */
  wholeUpTo?: number;
}

/**
 * Lists the archive of one server in one repository. A large archive is listed from each timeline's newest folder on,
 * and as a whole every quarter of an hour: what was there and went away in the middle is found then.
 *
 * @throws PlumblineError `tool-failed`, `timed-out`, `cancelled`
 */
export async function listArchive(place: AskPlace, input: ListInput): Promise<ArchiveSeen> {
  const { repository, before, known } = input;
  const path = `archive/${input.stanza}/${input.archiveId}`;
  const segments = known.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const listedMs = before.listedAt === null ? 0 : Date.parse(before.listedAt);
  const isWhole =
    segments < (input.wholeUpTo ?? smallArchive) ||
    before.archiveId !== input.archiveId ||
    Date.now() - listedMs > wholeEveryMs;
  const listed = isWhole
    ? { files: (await listFiles(place, repository, path, true)).files, from: undefined }
    : await listNewest(place, repository, path, input);
  const segmentBytes = fittingSize(listed.files, input.segmentBytes);
  const seen = readListing(listed.files, { segmentBytes, isEncrypted: input.isEncrypted });
  const earlier = listed.from
    ? before.unusable.filter(({ name }) => isBefore(name, listed.from, segmentBytes))
    : [];
  return {
    ranges: listed.from ? mergeRanges(known, seen.ranges, listed.from) : seen.ranges,
    look: {
      segmentBytes,
      listedAt: listed.from ? before.listedAt : new Date().toISOString(),
      branches: await branchesOf(place, repository, path, seen.histories, before.branches, segmentBytes),
      unusable: [...earlier, ...seen.unusable.map(({ name, why }) => ({ name, why }))].slice(0, unusableKept),
    },
  };
}

/** Files of the folders that are new or may have grown, with the place that each timeline was listed from. */
async function listNewest(
  place: AskPlace,
  repository: number,
  path: string,
  { known, segmentBytes }: ListInput,
): Promise<{ files: ListedFile[]; from: Map<number, number> }> {
  const top = await listFiles(place, repository, path, false);
  const folders = top.folders.filter((name) => /^[0-9A-F]{16}$/.test(name)).sort();
  const from = new Map<number, number>();
  const files = [...top.files];
  const beginOf = (folder: string) => walPlace(`${folder}00000000`, segmentBytes);
  for (const folder of folders) {
    const begin = beginOf(folder);
    if (!begin) continue;
    const newest = Math.max(
      -1,
      ...known.filter((r) => r.timeline === begin.timeline).map(({ last }) => last),
    );
    const perFolder = 2 ** 32 / segmentBytes;
    if (begin.number + perFolder <= newest) continue;
    from.set(begin.timeline, Math.min(begin.number, from.get(begin.timeline) ?? begin.number));
    files.push(...(await listFiles(place, repository, `${path}/${folder}`, true)).files);
  }
  // A timeline without any folder has been expired whole.
  const alive = new Set(folders.map((folder) => beginOf(folder)?.timeline));
  for (const { timeline } of known) if (!alive.has(timeline)) from.set(timeline, 0);
  return { files, from };
}

function isBefore(name: string, from: ReadonlyMap<number, number>, segmentBytes: number): boolean {
  const at = walPlace(name, segmentBytes);
  const begin = at && from.get(at.timeline);
  return at !== undefined && (begin === undefined || at.number < begin);
}

/** The names tell when segments are smaller than was believed: no lower half of a larger one counts so far. */
function fittingSize(files: readonly ListedFile[], believed: number): number {
  const names = files.flatMap(({ path }) => {
    const file = readArchiveFile(path.slice(path.lastIndexOf('/') + 1));
    return file?.kind === 'segment' ? [file.name] : [];
  });
  let size = believed;
  while (size > smallestSegment && names.some((name) => !walPlace(name, size))) size /= 2;
  return size;
}

/** Where timelines began: a history never changes, so each is read once. */
async function branchesOf(
  place: AskPlace,
  repository: number,
  path: string,
  histories: readonly number[],
  known: readonly TimelineBranch[],
  segmentBytes: number,
): Promise<TimelineBranch[]> {
  const branches = known.filter(({ timeline }) => histories.includes(timeline));
  const unread = histories.filter((timeline) => !branches.some((branch) => branch.timeline === timeline));
  for (const timeline of unread.slice(-historiesAtOnce)) {
    const name = `${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`;
    const text = await readFileOf(place, repository, `${path}/${name}`);
    const branch = text === undefined ? undefined : readHistory(timeline, text, segmentBytes);
    if (branch) branches.push(branch);
  }
  return branches.sort((left, right) => left.timeline - right.timeline);
}
