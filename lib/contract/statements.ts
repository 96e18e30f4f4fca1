import { z } from 'zod';
import { windowFields } from '@/lib/contract/series';

export const statementsQuerySchema = z.object({
  ...windowFields,
  database: z.string().max(63).optional(),
  sort: z.enum(['time', 'calls', 'mean', 'reads', 'temp', 'wal', 'rows']).default('time'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type StatementsQuery = z.infer<typeof statementsQuerySchema>;

export const statementSchema = z.object({
  id: z.string(),
  database: z.string(),
  username: z.string(),
  queryid: z.string(),
  toplevel: z.boolean(),
  /** Null when it was evicted before its text could be read, or is hidden from this reader. */
  text: z.string().nullable(),
  textHidden: z.boolean(),
  /** Asked by Plumbline's own watch login. */
  isOwn: z.boolean(),
  calls: z.number(),
  totalMs: z.number(),
  meanMs: z.number(),
  /** Its share of the time of all statements in the window, 0 to 100. */
  sharePercent: z.number(),
  rows: z.number(),
  sharedHit: z.number(),
  sharedRead: z.number(),
  tempWritten: z.number(),
  walBytes: z.number(),
  /** It was evicted or reset meanwhile: at least so much. */
  lowerBound: z.boolean(),
  lastAt: z.string(),
});

export const statementsSchema = z.object({
  from: z.string(),
  to: z.string(),
  items: z.array(statementSchema),
  totals: z.object({ statements: z.number(), calls: z.number(), totalMs: z.number() }),
  /** How the check stands: why there is nothing to see, and what mends it. */
  state: z.enum(['ok', 'unknown', 'timeout', 'error']).nullable(),
  reason: z.string().nullable(),
  mend: z.string().nullable(),
  observedAt: z.string().nullable(),
});
export type Statements = z.infer<typeof statementsSchema>;
