import { z } from 'zod';

/** A try to save the console's own database. */
export const consoleDumpSchema = z.object({
  id: z.uuid(),
  state: z.enum(['ready', 'failed', 'removed']),
  path: z.string(),
  bytes: z.number().nullable(),
  migration: z.string().nullable(),
  keyIds: z.array(z.string()),
  problem: z.string().nullable(),
  madeOn: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
});
export type ConsoleDumpView = z.infer<typeof consoleDumpSchema>;

export const consoleDumpsSchema = z.object({
  /** `none`: never dumped; `old`: the newest good one is older than it may be; `failed`: good, but the last try was not. */
  verdict: z.enum(['ok', 'none', 'old', 'failed']),
  /** How old the newest good one may be, in seconds. */
  maxAgeSeconds: z.number(),
  newestGood: consoleDumpSchema.nullable(),
  items: z.array(consoleDumpSchema),
});
export type ConsoleDumps = z.infer<typeof consoleDumpsSchema>;
