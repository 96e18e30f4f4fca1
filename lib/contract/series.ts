import { z } from 'zod';
import { rangeNames } from '@/lib/base/time';

const moment = z.iso.datetime({ offset: true });

/** `range` ends now; `from` and `to` say exactly. The last hour without either. */
export const windowFields = {
  range: z.enum(rangeNames as [string, ...string[]]).optional(),
  from: moment.optional(),
  to: moment.optional(),
};

export const seriesQuerySchema = z.object({
  /** Comma-separated ids of checks: one request for a whole page. */
  checks: z.string().min(1).max(2000).optional(),
  check: z.string().min(1).max(100).optional(),
  database: z.string().max(63).optional(),
  ...windowFields,
  maxPoints: z.coerce.number().int().min(10).max(500).default(300),
});
export type SeriesQuery = z.infer<typeof seriesQuerySchema>;

const values = z.array(z.number().nullable());

export const seriesSchema = z.object({
  database: z.string().nullable(),
  /** Key columns of the check; `(other)` sums what is beyond the check's limit. Empty when there is one object. */
  key: z.record(z.string(), z.string()),
  /** By column: gauges as the mean of the bucket, counters per second. Null is a gap. */
  columns: z.record(z.string(), values),
  /** Gauges alone: the largest of the bucket, so that a peak is not averaged away. */
  maximum: z.record(z.string(), values),
  /** By ratio: 100 × sum over sum of the bucket. */
  ratios: z.record(z.string(), values),
});

export const checkSeriesSchema = z.object({
  check: z.string(),
  /** Bucket i begins at `start + i × stepSeconds` (epoch seconds) and has `points` buckets in all. */
  start: z.number(),
  stepSeconds: z.number(),
  points: z.number(),
  series: z.array(seriesSchema),
  /** More objects were kept than are returned. */
  truncated: z.boolean(),
  newestAt: z.string().nullable(),
});
export type CheckSeries = z.infer<typeof checkSeriesSchema>;

export const seriesAnswerSchema = z.object({
  from: z.string(),
  to: z.string(),
  items: z.array(checkSeriesSchema),
});
export type SeriesAnswer = z.infer<typeof seriesAnswerSchema>;
