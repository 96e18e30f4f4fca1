import { z } from 'zod';

/** The newest drill of a backup. */
export const drillSummarySchema = z.object({
  evidenceId: z.uuid(),
  runId: z.uuid(),
  verdict: z.enum(['pass', 'partial', 'fail', 'info']),
  restoreSeconds: z.number().nullable(),
  at: z.string(),
});

export const backupSchema = z.object({
  id: z.uuid(),
  cluster: z.object({ id: z.uuid(), name: z.string() }),
  instance: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  runId: z.uuid().nullable(),
  type: z.enum(['logical', 'physical']),
  database: z.string().nullable(),
  /** Where it lies, on the machine of the worker. */
  path: z.string(),
  workerName: z.string(),
  bytes: z.number(),
  serverVersionNum: z.number(),
  state: z.enum(['ready', 'expired', 'missing', 'gone']),
  method: z.enum(['dump', 'full', 'diff', 'incr']).nullable(),
  /** pgBackRest’s name of a backup set, and the number of the repository it is in. */
  label: z.string().nullable(),
  repository: z.number().nullable(),
  /** The tool found damaged pages in it. */
  hasErrors: z.boolean(),
  startedAt: z.string(),
  finishedAt: z.string(),
  seconds: z.number(),
  lastDrill: drillSummarySchema.nullable(),
});
export type Backup = z.infer<typeof backupSchema>;

export const backupsQuerySchema = z.object({
  clusterId: z.uuid().optional(),
  database: z.string().max(63).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
  cursor: z.string().max(200).optional(),
});

/** `GET /api/v1/backups`, newest first. */
export const backupsSchema = z.object({ items: z.array(backupSchema), nextCursor: z.string().nullable() });

/** `GET /api/v1/backups/:id`. */
export const backupDetailSchema = backupSchema.extend({
  facts: z.record(z.string(), z.json()),
  drills: z.array(drillSummarySchema),
});
export type BackupDetail = z.infer<typeof backupDetailSchema>;
