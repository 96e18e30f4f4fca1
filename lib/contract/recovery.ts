import { z } from 'zod';
import { repositoryEscrowSchema } from '@/lib/contract/stanzas';

/** From one moment to another, ISO 8601. */
const stretchSchema = z.object({ from: z.string(), to: z.string() });
export type Stretch = z.infer<typeof stretchSchema>;

/** Seconds of one timeline that a restore can reach, and what keeps it from the others. */
export const timelineWindowSchema = z.object({
  timeline: z.number(),
  /** The server is on it; others lead away from its way: drills that were promoted, a former primary. */
  isCurrent: z.boolean(),
  parent: z.number().nullable(),
  reaches: z.array(stretchSchema),
  holes: z.array(stretchSchema.extend({ missing: z.string() })),
});
export type TimelineWindowView = z.infer<typeof timelineWindowSchema>;

export const archiveHoleSchema = z.object({
  repository: z.number(),
  timeline: z.number(),
  /** Names of the missing segments: one, or the first and last. */
  missing: z.string(),
  segments: z.number(),
  /** When its neighbours were archived. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** When the backup ended that heals it; null while nothing after it can be reached. */
  healedAt: z.string().nullable(),
  /** Expiry leaves it so on purpose: WAL between two backups, without that of the backups themselves. */
  isByRetention: z.boolean(),
  /** Why segments that are there can’t be used. */
  why: z.string().nullable(),
});
export type ArchiveHoleView = z.infer<typeof archiveHoleSchema>;

export const recoveryRepositorySchema = z.object({
  ordinal: z.number(),
  path: z.string(),
  isEncrypted: z.boolean(),
  escrow: repositoryEscrowSchema,
  isRemote: z.boolean(),
  lookedAt: z.string().nullable(),
  problem: z.string().nullable(),
  next: z.string().nullable(),
  problemSince: z.string().nullable(),
  segments: z.number(),
  newestSegment: z.string().nullable(),
  newestAt: z.string().nullable(),
  timelines: z.array(timelineWindowSchema),
});
export type RecoveryRepository = z.infer<typeof recoveryRepositorySchema>;

const backupMarkSchema = z.object({
  id: z.uuid(),
  repository: z.number(),
  label: z.string(),
  method: z.string().nullable(),
  state: z.enum(['ready', 'expired', 'missing', 'gone']),
  hasErrors: z.boolean(),
  /** With everything that it needs: its base, and its own WAL. */
  isRestorable: z.boolean(),
  timeline: z.number().nullable(),
  at: z.string(),
  bytes: z.number(),
});
export type BackupMark = z.infer<typeof backupMarkSchema>;

export const drillPointSchema = z.object({
  evidenceId: z.uuid(),
  runId: z.uuid(),
  backupId: z.uuid().nullable(),
  title: z.string(),
  database: z.string().nullable(),
  verdict: z.enum(['pass', 'partial', 'fail', 'info']),
  at: z.string(),
  restoreSeconds: z.number().nullable(),
  rpoSeconds: z.number().nullable(),
});
export type DrillPoint = z.infer<typeof drillPointSchema>;

export const recoveryQuerySchema = z.object({ range: z.enum(['24h', '7d', '30d']).default('7d') });

/** `GET /api/v1/clusters/:id/recovery`: what a restore could reach, as it was last seen. */
export const recoverySchema = z.object({
  cluster: z.object({ id: z.uuid(), name: z.string(), environment: z.string() }),
  /** The range of the time line. */
  from: z.string(),
  to: z.string(),
  stanza: z
    .object({
      id: z.uuid(),
      name: z.string(),
      state: z.enum(['draft', 'active']),
      isManaged: z.boolean(),
      workerName: z.string().nullable(),
      lookedAt: z.string().nullable(),
      triedAt: z.string().nullable(),
      problem: z.string().nullable(),
      stopFile: z.string().nullable(),
      isLocked: z.boolean(),
    })
    .nullable(),
  /** On the server’s own timeline, by any repository: every second between, except the holes. */
  reachable: z.array(stretchSchema),
  holes: z.array(stretchSchema),
  repositories: z.array(recoveryRepositorySchema),
  archiveHoles: z.array(archiveHoleSchema),
  backups: z.array(backupMarkSchema),
  /** Dumps are no way to a second between, but they are a way back. */
  dumps: z.object({ ready: z.number(), newestAt: z.string().nullable() }),
  exposure: z.object({
    instanceId: z.uuid().nullable(),
    nowSeconds: z.number().nullable(),
    observedAt: z.string().nullable(),
    /** Why nothing is known or archived. */
    reason: z.string().nullable(),
    /** The worst of the last 30 days, and when. */
    most: z.object({ seconds: z.number(), at: z.string() }).nullable(),
    /** Over the range: the worst of each step. */
    stepSeconds: z.number(),
    points: z.array(z.object({ at: z.string(), seconds: z.number() })),
  }),
  objectives: z.object({ rtoSeconds: z.number(), rpoSeconds: z.number() }),
  /** Newest first. */
  drills: z.array(drillPointSchema),
});
export type Recovery = z.infer<typeof recoverySchema>;

/** `PUT /api/v1/clusters/:id/objectives` */
export const objectivesSchema = z.object({
  rtoSeconds: z
    .number()
    .int()
    .min(1)
    .max(31 * 86_400),
  rpoSeconds: z
    .number()
    .int()
    .min(1)
    .max(31 * 86_400),
});
export type Objectives = z.infer<typeof objectivesSchema>;
