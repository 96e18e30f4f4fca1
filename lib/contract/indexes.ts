import { z } from 'zod';

const actSchema = z.object({ job: z.string(), label: z.string() });
export type IndexAct = z.infer<typeof actSchema>;

export const indexVerdicts = [
  'invalid',
  'duplicate',
  'unused',
  'unknown',
  'early',
  'used',
  'kept',
  'small',
  'standby',
] as const;

export const indexItemSchema = z.object({
  database: z.string(),
  schema: z.string(),
  table: z.string(),
  index: z.string(),
  method: z.string().nullable(),
  definition: z.string().nullable(),
  bytes: z.number().nullable(),
  scans: z.number().nullable(),
  /** Seconds without a known use on any server of the cluster. */
  quietSeconds: z.number().nullable(),
  /** `used 31 days ago`, `not used on any of its 2 servers in the 90 days that are known`. */
  usage: z.string().nullable(),
  verdict: z.enum(indexVerdicts),
  /** The verdict as a sentence: why it stays, what stands in for it. */
  why: z.string(),
  /** The foreign key that it serves. */
  supports: z.string().nullable(),
  /** The other servers of the cluster at their last reading. */
  elsewhere: z.array(
    z.object({ instance: z.string(), scans: z.number(), usage: z.string(), at: z.string() }),
  ),
});
export type IndexItem = z.infer<typeof indexItemSchema>;

export const bareKeySchema = z.object({
  database: z.string(),
  schema: z.string(),
  table: z.string(),
  constraint: z.string(),
  columns: z.string(),
  parent: z.string(),
  rows: z.number().nullable(),
  bytes: z.number().nullable(),
  parentDeletes: z.number().nullable(),
  parentUpdates: z.number().nullable(),
  /** Sequential scans of the table, and the rows that they read: what joins by the key cost at most. */
  seqScans: z.number().nullable(),
  seqRows: z.number().nullable(),
  /** An index that leads with some of the key’s columns. */
  partlyBy: z.string().nullable(),
  definition: z.string(),
});
export type BareKey = z.infer<typeof bareKeySchema>;

const provenStatementSchema = z.object({
  queryid: z.string(),
  /** Null where it is gone or hidden from this reader. */
  text: z.string().nullable(),
  textHidden: z.boolean(),
  calls: z.number(),
  costBefore: z.number().nullable(),
  costAfter: z.number().nullable(),
});

export const indexAdviceSchema = z.object({
  schema: z.string(),
  table: z.string(),
  definition: z.string(),
  method: z.string(),
  proven: z.boolean(),
  unproven: z.string().nullable(),
  bytes: z.number().nullable(),
  tableBytes: z.number(),
  tableRows: z.number(),
  indexesNow: z.number(),
  writesPerSecond: z.number().nullable(),
  updatedColumns: z.array(z.string()),
  statements: z.array(provenStatementSchema),
  /** Whether an index that was seen since then has this very definition: it was followed. */
  isThere: z.boolean(),
});
export type IndexAdviceItem = z.infer<typeof indexAdviceSchema>;

export const adviceReportSchema = z.object({
  database: z.string(),
  evidenceId: z.string(),
  runId: z.string(),
  observedAt: z.string(),
  /** Statements that were read; of them those on tables that an index may help; of them those with a plan. */
  statements: z.number(),
  relevant: z.number(),
  planned: z.number(),
  candidates: z.number(),
  refused: z.array(
    z.object({
      queryid: z.string(),
      text: z.string().nullable(),
      textHidden: z.boolean(),
      reason: z.string(),
      mend: z.string().nullable(),
    }),
  ),
  /** Why nothing could be proven, and what mends it. */
  unproven: z.object({ reason: z.string(), mend: z.string() }).nullable(),
  items: z.array(indexAdviceSchema),
});
export type AdviceReport = z.infer<typeof adviceReportSchema>;

export const instanceIndexesSchema = z.object({
  items: z.array(indexItemSchema),
  foreignKeys: z.array(bareKeySchema),
  advice: z.array(adviceReportSchema),
  /** How each part was read, by database: what is not `ok` says why and what mends it. */
  readings: z.array(
    z.object({
      checkId: z.string(),
      title: z.string(),
      database: z.string(),
      state: z.enum(['ok', 'unknown', 'timeout', 'error']),
      reason: z.string().nullable(),
      mend: z.string().nullable(),
      observedAt: z.string(),
      everySeconds: z.number(),
    }),
  ),
  /** Which checks this page shows where: links to a finding’s check lead there. */
  checks: z.object({ onIndexes: z.array(z.string()), onKeys: z.array(z.string()) }),
  acts: z.object({
    /** Take database, schema and index. */
    onIndex: z.array(actSchema),
    /** Those of them that are offered for an index that nothing uses: not for one that must stay. */
    dropping: z.array(z.string()),
    /** Takes a database and a definition. */
    create: actSchema.nullable(),
    /** Takes a database. */
    advise: actSchema.nullable(),
  }),
});
export type InstanceIndexes = z.infer<typeof instanceIndexesSchema>;
