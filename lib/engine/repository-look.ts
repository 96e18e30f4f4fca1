import type { JsonObject } from '@/lib/engine/define-job';
import { defaultSegmentBytes, type TimelineBranch } from '@/lib/engine/wal-names';

/** What the last looks at one repository found, beside its ranges of WAL: kept with the repository. */
export interface RepositoryLook {
  /** ISO 8601: of the last look that could read it, and of the last that tried. */
  lookedAt: string | null;
  triedAt: string | null;
  /** Why it could not be read the last time, and since when. */
  problem: string | null;
  next: string | null;
  problemSince: string | null;
  /** `15-1`: major and number of the server that archives now. */
  archiveId: string | null;
  segmentBytes: number;
  /** When everything was listed, not only what is new. */
  listedAt: string | null;
  branches: TimelineBranch[];
  /** Segments that are there and can't be used. */
  unusable: { name: string; why: string }[];
  /** The newest segment that the server counted as archived before the look, and whether it was there. */
  believed: string | null;
  holdsBelieved: boolean | null;
}

/** What the last look found of a stanza as a whole. */
export interface StanzaLook {
  /** The file that forbids archiving and backups; null without one. */
  stopFile: string | null;
  /** A backup or expiry runs, ours or somebody else’s. */
  isLocked: boolean;
  triedAt: string | null;
}

export const noRepositoryLook: RepositoryLook = {
  lookedAt: null,
  triedAt: null,
  problem: null,
  next: null,
  problemSince: null,
  archiveId: null,
  segmentBytes: defaultSegmentBytes,
  listedAt: null,
  branches: [],
  unusable: [],
  believed: null,
  holdsBelieved: null,
};

/** Reads what an earlier look has stored in the facts of a repository: we alone write it. */
export function repositoryLook(facts: JsonObject): RepositoryLook {
  return { ...noRepositoryLook, ...(facts.look as Partial<RepositoryLook> | undefined) };
}

export function stanzaLook(facts: JsonObject): StanzaLook {
  return {
    ...{ stopFile: null, isLocked: false, triedAt: null },
    ...(facts.look as Partial<StanzaLook> | undefined),
  };
}

const unitBytes: Record<string, number> = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** `16777216`, `16MB` or `1GB` (wal_segment_size) as bytes; undefined when it is no size that a segment can have. */
export function segmentBytesOf(setting: unknown): number | undefined {
  const parts = /^(\d+)\s*(B|kB|MB|GB)?$/.exec(String(setting ?? ''));
  const bytes = Number(parts?.[1]) * (unitBytes[parts?.[2] ?? 'B'] ?? 1);
  const isSize = Number.isInteger(Math.log2(bytes)) && bytes >= 1024 ** 2 && bytes <= 1024 ** 3;
  return isSize ? bytes : undefined;
}
