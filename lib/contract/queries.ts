import { z } from 'zod';
import { windowFields } from '@/lib/contract/series';

export const querySorts = [
  'time',
  'mean',
  'max',
  'calls',
  'rows',
  'blocks',
  'reads',
  'dirtied',
  'temp',
  'wal',
  'io',
  'plan',
] as const;
export type QuerySort = (typeof querySorts)[number];

/** `GET /api/v1/instances/:id/queries`. */
export const queriesQuerySchema = z.object({
  ...windowFields,
  database: z.string().min(1).max(63).optional(),
  user: z.string().min(1).max(63).optional(),
  /** A part of the text, or a query id. */
  search: z.string().min(1).max(200).optional(),
  /** What the console's own logins ask. */
  own: z.enum(['hidden', 'shown']).default('hidden'),
  sort: z.enum(querySorts).default('time'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  /** Compares with the same window so many seconds earlier. */
  compareSeconds: z.coerce
    .number()
    .int()
    .min(60)
    .max(31 * 86_400)
    .optional(),
});
export type QueriesQuery = z.infer<typeof queriesQuerySchema>;

/** What was counted over a window. Times in ms, blocks of 8 kB. */
export const queryFiguresSchema = z.object({
  calls: z.number(),
  /** Executing and planning. */
  totalMs: z.number(),
  planMs: z.number(),
  /** Reading and writing blocks; 0 where track_io_timing is off. */
  ioMs: z.number(),
  meanMs: z.number(),
  /** Shortest and longest call that are known to be of this window; a bound, null where none is known. */
  minMs: z.number().nullable(),
  maxMs: z.number().nullable(),
  rows: z.number(),
  sharedHit: z.number(),
  sharedRead: z.number(),
  sharedDirtied: z.number(),
  tempWritten: z.number(),
  walBytes: z.number(),
  /** It was evicted or reset meanwhile: at least so much. */
  lowerBound: z.boolean(),
});
export type QueryFigures = z.infer<typeof queryFiguresSchema>;

export const queryItemSchema = queryFiguresSchema.extend({
  queryid: z.string(),
  databases: z.array(z.string()),
  users: z.array(z.string()),
  /** Null when it was evicted before its text could be read, or is hidden from this reader. */
  text: z.string().nullable(),
  textHidden: z.boolean(),
  /** Asked by the console's own logins. */
  isOwn: z.boolean(),
  /** Called only from within others, whose time holds its own. */
  isNested: z.boolean(),
  /** Its share of the time of all top-level statements in the window, 0 to 100. */
  sharePercent: z.number(),
  /** First seen in this window. */
  isNew: z.boolean(),
  firstAt: z.string(),
  lastAt: z.string(),
  /** The same window earlier; null when nothing is asked or known. */
  earlier: queryFiguresSchema.nullable(),
  /** Its time in ms per second, by bucket of `spark`. */
  spark: z.array(z.number().nullable()),
});
export type QueryItem = z.infer<typeof queryItemSchema>;

/**
 * How much of the time that sessions were active (pg_stat_database.active_time) is accounted to statements: execution
 * and planning of top-level ones. The rest is parsing, commits, sending answers, and what was evicted before it was read.
 */
export const coverageSchema = z.object({
  percent: z.number().nullable(),
  accountedMs: z.number(),
  databaseMs: z.number().nullable(),
  evictions: z.number().nullable(),
  resets: z.number(),
  readings: z.number(),
  /** Seconds in which nobody read. */
  awaySeconds: z.number(),
  entries: z.number().nullable(),
  maxEntries: z.number().nullable(),
  newestAt: z.string().nullable(),
});
export type Coverage = z.infer<typeof coverageSchema>;

/** How the check stands: why there is nothing to see, and what mends it. */
const checkStateFields = {
  state: z.enum(['ok', 'unknown', 'timeout', 'error']).nullable(),
  reason: z.string().nullable(),
  mend: z.string().nullable(),
  observedAt: z.string().nullable(),
};

const gridFields = { start: z.number(), stepSeconds: z.number(), points: z.number() };

export const queriesSchema = z.object({
  from: z.string(),
  to: z.string(),
  items: z.array(queryItemSchema),
  spark: z.object(gridFields),
  /** Over all that pass the filter; time also over all there are and over the console's own. */
  totals: z.object({
    queries: z.number(),
    calls: z.number(),
    totalMs: z.number(),
    allMs: z.number(),
    ownMs: z.number(),
  }),
  filters: z.object({ databases: z.array(z.string()), users: z.array(z.string()) }),
  coverage: coverageSchema,
  ...checkStateFields,
});
export type Queries = z.infer<typeof queriesSchema>;

/** `GET /api/v1/instances/:id/queries/:queryid`. */
export const queryDetailQuerySchema = z.object({
  ...windowFields,
  compareSeconds: z.coerce
    .number()
    .int()
    .min(60)
    .max(31 * 86_400)
    .optional(),
  maxPoints: z.coerce.number().int().min(10).max(500).default(240),
});
export type QueryDetailQuery = z.infer<typeof queryDetailQuerySchema>;

const values = z.array(z.number().nullable());

/** Per second of the bucket but for `meanMs` and `maxMs`; null is a gap: nobody read then. */
export const querySeriesSchema = z.object({
  ...gridFields,
  callsPerSecond: values,
  timePerSecond: values,
  meanMs: values,
  maxMs: values,
  rowsPerSecond: values,
  sharedHitPerSecond: values,
  sharedReadPerSecond: values,
  sharedDirtiedPerSecond: values,
  tempWrittenPerSecond: values,
  walBytesPerSecond: values,
});
export type QuerySeries = z.infer<typeof querySeriesSchema>;

export const queryDetailSchema = z.object({
  queryid: z.string(),
  from: z.string(),
  to: z.string(),
  text: z.string().nullable(),
  textHidden: z.boolean(),
  /** Longer than what the console keeps. */
  textIsCut: z.boolean(),
  firstAt: z.string(),
  lastAt: z.string(),
  figures: queryFiguresSchema,
  earlier: queryFiguresSchema.nullable(),
  sharePercent: z.number(),
  /** Who calls it where, most time first. */
  callers: z.array(
    queryFiguresSchema.extend({ database: z.string(), username: z.string(), toplevel: z.boolean() }),
  ),
  series: querySeriesSchema,
  earlierSeries: querySeriesSchema.nullable(),
  coverage: coverageSchema,
  ...checkStateFields,
});
export type QueryDetail = z.infer<typeof queryDetailSchema>;
