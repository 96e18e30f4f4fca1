import type { Unit } from '@/lib/base/units';
import type { CriterionDomain, CriterionState, EvidenceLink, ReadinessLevel } from '@/lib/contract/scorecard';
import type { JsonObject } from '@/lib/engine/define-job';

export type { CriterionState, EvidenceLink };

/** What stored data a criterion may ask for. It reads the store through this and nothing else. */
export interface CriterionContext {
  /** With the longest restore and the largest loss that people have agreed to, in seconds. */
  cluster: { id: string; name: string; environment: string; rtoSeconds: number; rpoSeconds: number };
  instances: { id: string; name: string; role: 'primary' | 'standby' | 'unknown' }[];
  now: Date;
  /** Sums of counter columns over a window, over all instances and keys, or undefined without any sample. */
  sums(
    check: string,
    columns: readonly string[],
    windowSeconds: number,
  ): Promise<{ sums: Record<string, number>; from: string; to: string; coverage: number } | undefined>;
  /**
   * A percentile (0–1) over a window of a gauge, or of a ratio in percent of gauges of one sample; the worst (highest)
   * instance's, keys of one instance each for themselves. Undefined without any sample.
   */
  percentile(
    check: string,
    column: string | { of: readonly string[]; over: readonly string[] },
    windowSeconds: number,
    fraction: number,
  ): Promise<{ value: number; instanceId: string; from: string; to: string; samples: number } | undefined>;
  /** Latest rows of a check with their state and age. */
  latestRows(check: string): Promise<
    {
      instanceId: string;
      database: string | null;
      state: 'ok' | 'unknown' | 'timeout' | 'error';
      reason: string | null;
      /** What would let the check answer, when it could not. */
      mend: string | null;
      rows: Record<string, string | number | boolean | null>[];
      at: string;
    }[]
  >;
  /** Newest stored evidence of a type: one per database. */
  latestEvidence(type: string): Promise<StoredEvidence[]>;
  /**
   * Databases of the cluster that are somebody's, from the rows (`database`, `bytes`) of a check: without templates,
   * and without a `postgres` that is as empty as initdb made it. Undefined while the check has not answered.
   */
  databases(check: string): Promise<{ names: string[]; at: string } | undefined>;
  /** Finished, still present backups, newest first. */
  backups(): Promise<
    { id: string; database: string | null; finishedAt: string; runId: string | null; bytes: number }[]
  >;
  /** What a restore could reach, as the repositories were last read; undefined while no archiving is set up here. */
  recovery(): Promise<RecoveryFacts | undefined>;
  /** Passes and keys that what is kept of the cluster cannot be read without, and the tries of their kept copies. */
  escrows(): Promise<
    {
      /** `repository 1`. */
      name: string;
      proven: EscrowTry | null;
      /** The newest try, where it is later than any proof and the copy opened nothing. */
      refused: EscrowTry | null;
    }[]
  >;
  /** Each login of each instance as a connection of it last was; null while it was never tried. */
  connections(): Promise<
    {
      instanceId: string;
      purpose: string;
      username: string;
      tlsMode: string;
      seen: { tls: boolean; superuser: boolean; observedAt: string } | null;
    }[]
  >;
}

/** A try of a kept copy. */
export interface EscrowTry {
  /** ISO 8601. */
  at: string;
  link: { kind: 'evidence' | 'backup'; id: string } | null;
}

/** The recoverable window of a cluster. Times are ISO 8601. */
export interface RecoveryFacts {
  /** When each repository was last read: the oldest; null while one never was. */
  lookedAt: string | null;
  problem: string | null;
  /** Stretches in which every second can be reached, oldest first. */
  reachable: { from: string; to: string }[];
  /** Missing WAL that expiry did not leave on purpose: with nothing after it reachable, and healed by a later backup. */
  openHoles: string[];
  healedHoles: string[];
  /** The newest backup set that can be restored with all that it needs. */
  newestSet: { id: string; label: string; finishedAt: string } | null;
}

/** Evidence of a run as a criterion sees it. */
export interface StoredEvidence {
  id: string;
  runId: string;
  backupId: string | null;
  verdict: 'pass' | 'partial' | 'fail' | 'info';
  facts: JsonObject;
  observedAt: string;
  database: string | null;
}

export interface CriterionVerdict {
  state: Exclude<CriterionState, 'stale'>;
  /** The measured value in the criterion's unit, where there is one. */
  value: number | null;
  /** What was found and, if it does not pass, what to do. */
  sentence: string;
  links: EvidenceLink[];
  /** When the evidence was observed: the oldest of what the verdict rests on. */
  observedAt: string | null;
}

export interface CriterionDefinition {
  title: string;
  why: string;
  domain: CriterionDomain;
  version: number;
  /** The level that cannot be reached without it. */
  level: ReadinessLevel;
  /** Without it no level is reached, whatever else is proven. */
  redLine?: true;
  unit: Unit;
  /** Of a count: what is counted, said so that none is good: `0 logins without TLS`, `1 hole`. */
  counted?: { one: string; many: string };
  /** The objective as people read it: `≥ 99 %`. */
  objective: string;
  /** Evidence older than this makes a pass `stale`. */
  expiresAfterSeconds: number;
  evaluate(ctx: CriterionContext): Promise<CriterionVerdict>;
  /** The job kind that earns the evidence. */
  earnedBy?: string;
}

export function defineCriterion(definition: CriterionDefinition): CriterionDefinition {
  return definition;
}
