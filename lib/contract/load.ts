import { z } from 'zod';
import { windowFields } from '@/lib/contract/series';

/** What the load can be sliced by, most asked for first. */
export const loadSlices = ['wait', 'query', 'user', 'database', 'application', 'host'] as const;
export type LoadSlice = (typeof loadSlices)[number];

const name = z.string().max(200).optional();

export const loadQuerySchema = z.object({
  ...windowFields,
  by: z.enum(loadSlices).default('wait'),
  /** Clients with their parallel workers; or autovacuum and what else works in the background. */
  of: z.enum(['clients', 'background']).default('clients'),
  maxPoints: z.coerce.number().int().min(10).max(500).default(300),
  wait: name,
  query: name,
  user: name,
  database: name,
  application: name,
  host: name,
});
export type LoadQuery = z.infer<typeof loadQuerySchema>;

const sliceSchema = z.object({
  /** As it filters: a wait event, a query id, a user … */
  value: z.string(),
  /** As people read it: the text of a query. */
  label: z.string(),
  /** Average active sessions over the window. */
  mean: z.number(),
  /** Of the whole load of the window, 0 to 100. */
  sharePercent: z.number(),
});

/** `GET /api/v1/instances/:id/load`: average active sessions. */
export const loadSchema = z.object({
  from: z.string(),
  to: z.string(),
  by: z.enum(loadSlices),
  of: z.enum(['clients', 'background']),
  /** Bucket i begins at `start + i × stepSeconds`, epoch seconds. */
  start: z.number(),
  stepSeconds: z.number(),
  points: z.number(),
  /** The largest slices and `(other)`; a null is a time when nobody looked. */
  lines: z.array(sliceSchema.extend({ values: z.array(z.number().nullable()) })),
  /** Average active sessions over the whole window; null when nothing was sampled. */
  mean: z.number().nullable(),
  /** The largest of each slice over the window. */
  tops: z.record(z.enum(loadSlices), z.array(sliceSchema)),
  /** Samples that were taken, and seconds that were missed while the collector ran. */
  taken: z.number(),
  missed: z.number(),
  /** Of the server's host, and where that is known from. */
  processors: z.number().nullable(),
  processorsFrom: z.string().nullable(),
  state: z.enum(['ok', 'unknown', 'timeout', 'error']).nullable(),
  reason: z.string().nullable(),
  mend: z.string().nullable(),
  observedAt: z.string().nullable(),
});
export type Load = z.infer<typeof loadSchema>;
