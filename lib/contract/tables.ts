import { z } from 'zod';
import { levelSchema } from '@/lib/contract/findings';
import { checkSeriesSchema, windowFields } from '@/lib/contract/series';

/** Per day, from a straight line through the stored sizes; low and high are two standard errors to each side. */
export const growthSchema = z.object({
  perDay: z.number(),
  lowPerDay: z.number(),
  highPerDay: z.number(),
  /** Days that were looked at. */
  days: z.number(),
});
export type TableGrowth = z.infer<typeof growthSchema>;

export const bloatSchema = z.object({
  bytes: z.number().nullable(),
  percent: z.number().nullable(),
  /** How the figures were found: an estimate, or by which function. */
  method: z.string(),
  /** Of the statistics behind an estimate, or of the measurement. */
  ageSeconds: z.number().nullable(),
  /** Why there is no figure, and what mends it. */
  notKnown: z.string().nullable(),
  mend: z.string().nullable(),
  /** The estimate beside a measurement. */
  estimatedPercent: z.number().nullable(),
});
export type Bloat = z.infer<typeof bloatSchema>;

const verdictSchema = z.object({
  id: z.string(),
  checkId: z.string(),
  title: z.string(),
  level: levelSchema,
  sentence: z.string(),
  mend: z.string().nullable(),
});

export const tableRowSchema = z.object({
  database: z.string(),
  schema: z.string(),
  table: z.string(),
  kind: z.string(),
  /** Of a partition: the table at the top. */
  root: z.object({ schema: z.string(), table: z.string() }).nullable(),
  /** Of a partitioned table: how many it has; its figures are their sums. */
  partitions: z.number(),
  bytes: z.number().nullable(),
  heapBytes: z.number().nullable(),
  toastBytes: z.number().nullable(),
  indexBytes: z.number().nullable(),
  sizeMethod: z.string(),
  growth: growthSchema.nullable(),
  /** Days until it is twice as large, where it grows. */
  doublesInDays: z.number().nullable(),
  liveRows: z.number().nullable(),
  deadRows: z.number().nullable(),
  deadPercent: z.number().nullable(),
  vacuumedFrom: z.number().nullable(),
  autovacuum: z.string().nullable(),
  vacuumAgeSeconds: z.number().nullable(),
  analyzeAgeSeconds: z.number().nullable(),
  changedPercent: z.number().nullable(),
  xidAge: z.number().nullable(),
  bloat: bloatSchema.nullable(),
  toastBloat: bloatSchema.nullable(),
  /** Percent over the last interval; null where nothing was asked for. */
  hitRate: z.number().nullable(),
  indexHitRate: z.number().nullable(),
  indexUse: z.number().nullable(),
  hotShare: z.number().nullable(),
  level: levelSchema,
  verdicts: z.array(verdictSchema),
});
export type TableRow = z.infer<typeof tableRowSchema>;

/** A job that takes a table: its input is database, schema and table. */
const actSchema = z.object({ job: z.string(), label: z.string() });

export const tablesQuerySchema = z.object({ database: z.string().max(63).optional() });

export const tablesSchema = z.object({
  role: z.enum(['primary', 'standby', 'unknown']),
  now: z.string(),
  items: z.array(tableRowSchema),
  /** The newest and the oldest reading of sizes; null before the first. */
  observedAt: z.string().nullable(),
  stale: z.boolean(),
  /** Only so many tables of a database are read: the largest. */
  truncatedAt: z.number().nullable(),
  databases: z.array(z.object({ database: z.string(), bytes: z.number(), growth: growthSchema.nullable() })),
  /** Which check is which part of the page: `tables.horizon` → its id. */
  checks: z.record(z.string(), z.string()),
  acts: z.array(actSchema),
  /** Whether bloat can be measured by a job, and its kind; by database. */
  measure: actSchema.nullable(),
});
export type Tables = z.infer<typeof tablesSchema>;

export const indexRowSchema = z.object({
  index: z.string(),
  bytes: z.number().nullable(),
  /** Since the server's counters began. */
  scans: z.number().nullable(),
  hitRate: z.number().nullable(),
  bloat: bloatSchema.nullable(),
});
export type IndexRow = z.infer<typeof indexRowSchema>;

const name = z.string().min(1).max(63);
export const tableQuerySchema = z.object({
  database: name,
  schema: name,
  table: name,
  ...windowFields,
  maxPoints: z.coerce.number().int().min(10).max(500).default(300),
});
export type TableQuery = z.infer<typeof tableQuerySchema>;

export const tableDetailSchema = z.object({
  row: tableRowSchema,
  partitions: z.array(tableRowSchema),
  indexes: z.array(indexRowSchema),
  acts: z.array(actSchema),
  measure: actSchema.nullable(),
  from: z.string(),
  to: z.string(),
  /** Series of this table alone: empty where it is not among those that are kept. */
  series: z.array(checkSeriesSchema),
  checks: z.record(z.string(), z.string()),
});
export type TableDetail = z.infer<typeof tableDetailSchema>;
