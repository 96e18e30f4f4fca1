import type { ProcessGroup } from '@/lib/tools/process-groups';

/** What a worker tells its guard, one JSON line each. */
export type GuardMessage =
  /** A child group of ours; `run` when a run's step started it. */
  | { group: ProcessGroup; run?: string; continues?: boolean }
  | { ended: number }
  /** The lease of this run holds for so long from now on. */
  | { beat: string; forMs: number }
  /** This run is no longer ours to guard. */
  | { over: string };
