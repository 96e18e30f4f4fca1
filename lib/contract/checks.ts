import { z } from 'zod';
import { levelSchema } from '@/lib/contract/findings';

export const cellSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const rowSchema = z.record(z.string(), cellSchema);

export const checkColumnSchema = z.object({
  role: z.enum(['key', 'text', 'gauge', 'counter']),
  label: z.string(),
  unit: z.string().optional(),
  literals: z.literal(true).optional(),
});

export const checkDrawSchema = z.object({
  as: z.enum(['line', 'area', 'stacked', 'table', 'stat']),
  title: z.string(),
  columns: z.array(z.string()),
});

export const checkResultSchema = z.object({
  /** Null for a check of the whole instance. */
  database: z.string().nullable(),
  state: z.enum(['ok', 'unknown', 'timeout', 'error']),
  reason: z.string().nullable(),
  /** The GRANT, CREATE EXTENSION or setting that would make it known. */
  mend: z.string().nullable(),
  observedAt: z.string(),
  ageSeconds: z.number(),
  /** Older than two and a half of its rounds: shown with its age, never as if it were current. */
  stale: z.boolean(),
  durationMs: z.number(),
  rows: z.array(rowSchema),
});
export type CheckResult = z.infer<typeof checkResultSchema>;

export const checkStateSchema = z.object({
  id: z.string(),
  title: z.string(),
  why: z.string(),
  source: z.string(),
  target: z.enum(['cluster', 'instance', 'database']),
  runsOn: z.enum(['primary', 'standby', 'any']),
  everySeconds: z.number(),
  /** False where it does not run at this instance's role: that is no fault and no gap. */
  applies: z.boolean(),
  /** The worst open finding; `unknown` where it could not be measured; `ok` otherwise; null before its first result. */
  level: levelSchema.nullable(),
  openFindings: z.number(),
  columns: z.record(z.string(), checkColumnSchema),
  ratios: z.record(
    z.string(),
    z.object({ label: z.string(), of: z.array(z.string()), over: z.array(z.string()) }),
  ),
  keep: z.array(z.enum(['series', 'snapshot'])),
  draw: z.array(checkDrawSchema),
  /** What is judged, and from where on: a value at its threshold counts as beyond it. */
  judge: z.array(
    z.object({
      column: z.string(),
      worse: z.enum(['above', 'below']),
      warn: z.number().nullable(),
      crit: z.number().nullable(),
      forSeconds: z.number(),
    }),
  ),
  /** The part of a list page that its rows are, `page.part`; null where only the overview draws it. */
  feeds: z.string().nullable(),
  /** Only so many objects are kept as series, the top ones by a column; the rest is summed as `(other)`. */
  maxSeries: z.object({ by: z.string(), count: z.number() }).nullable(),
  /** Columns whose text is hidden from this reader, since it holds literals of statements. */
  hiddenColumns: z.array(z.string()),
  results: z.array(checkResultSchema),
});
export type CheckState = z.infer<typeof checkStateSchema>;

export const instanceChecksQuerySchema = z.object({
  /** Comma-separated ids; all checks without it. */
  checks: z.string().max(2000).optional(),
  /** `false` leaves the rows out: states and ages alone. */
  rows: z
    .enum(['true', 'false'])
    .default('true')
    .transform((word) => word === 'true'),
});

export const instanceChecksSchema = z.object({
  instanceId: z.string(),
  role: z.enum(['primary', 'standby', 'unknown']),
  reachable: z.boolean().nullable(),
  lastError: z.string().nullable(),
  now: z.string(),
  items: z.array(checkStateSchema),
});
export type InstanceChecks = z.infer<typeof instanceChecksSchema>;

/** `GET /checks`: the catalogue itself. */
export const checkCatalogueSchema = z.object({
  items: z.array(
    checkStateSchema.pick({
      id: true,
      title: true,
      why: true,
      source: true,
      target: true,
      runsOn: true,
      everySeconds: true,
      columns: true,
      draw: true,
      keep: true,
      judge: true,
      feeds: true,
      maxSeries: true,
    }),
  ),
});
export type CheckCatalogue = z.infer<typeof checkCatalogueSchema>;
