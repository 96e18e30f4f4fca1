import type { ProcessGroup } from '@/lib/tools/process-groups';

/** What a worker tells its guard, one JSON line each. */
export type GuardMessage =
  /** A child group of ours; `run` when a run's step started it; `heir` when it may be adopted (lib/tools/spool.ts). */
  | { group: ProcessGroup; run?: string; continues?: boolean; heir?: string }
  | { ended: number }
  /** The lease of this run holds for so long from now on. */
  | { beat: string; forMs: number }
  /** This run is no longer ours to guard. */
  | { over: string };
