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
  stanzaName: z.string().nullable(),
  /** Labels that it can’t be restored without. */
  dependsOn: z.array(z.string()),
  timeline: z.number().nullable(),
  walFirst: z.string().nullable(),
  walLast: z.string().nullable(),
  /** Retention keeps it: until somebody unpins it, or until a moment. */
  pin: z.object({ at: z.string(), byName: z.string(), reason: z.string() }).nullable(),
  holdUntil: z.string().nullable(),
  /** It went without the console: when that was seen, and what is known of it. */
  gone: z.object({ at: z.string(), why: z.string() }).nullable(),
  /**
   * `damaged`: pages with a wrong checksum were found; `clean`: all pages were checked while they were copied;
   * `decoded`: a dump that was read back whole; `unchecked`: the server’s pages have no checksums, or that is not known.
   */
  checksums: z.enum(['damaged', 'clean', 'decoded', 'unchecked']),
  /** Storages that hold a whole, verified copy of it. */
  uploadedTo: z.array(z.string()),
  startedAt: z.string(),
  finishedAt: z.string(),
  seconds: z.number(),
  lastDrill: drillSummarySchema.nullable(),
});
export type Backup = z.infer<typeof backupSchema>;

export const backupsQuerySchema = z.object({
  clusterId: z.uuid().optional(),
  database: z.string().max(63).optional(),
  type: z.enum(['logical', 'physical']).optional(),
  state: z.enum(['ready', 'expired', 'missing', 'gone']).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
  cursor: z.string().max(200).optional(),
});

/** `GET /api/v1/backups`, newest first. */
export const backupsSchema = z.object({ items: z.array(backupSchema), nextCursor: z.string().nullable() });

/** `GET /api/v1/backups/:id`. */
export const backupDetailSchema = backupSchema.extend({
  facts: z.record(z.string(), z.json()),
  drills: z.array(drillSummarySchema),
  /** The sets of its chain that the console knows: what it needs, and what needs it. */
  chain: z.array(
    z.object({
      id: z.uuid(),
      label: z.string(),
      state: z.enum(['ready', 'expired', 'missing', 'gone']),
      hasErrors: z.boolean(),
      relation: z.enum(['needs', 'needed-by']),
      finishedAt: z.string(),
    }),
  ),
});
export type BackupDetail = z.infer<typeof backupDetailSchema>;
