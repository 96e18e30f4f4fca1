import { z } from 'zod';

/** What a commit did to a table, with the place just before it. */
export const momentSchema = z.object({
  what: z.enum(['drop', 'truncate', 'rewrite', 'delete', 'update', 'drop-database']),
  /** `schema.name`; null where no file of the table was ever seen. */
  table: z.string().nullable(),
  at: z.string(),
  xid: z.string(),
  commitLsn: z.string(),
  targetLsn: z.string(),
  rows: z.number().nullable(),
  files: z.number(),
  timeline: z.number(),
});
export type MomentView = z.infer<typeof momentSchema>;

/** One search in the WAL of a cluster. */
export const momentSearchSchema = z.object({
  id: z.uuid(),
  runId: z.uuid(),
  observedAt: z.string(),
  database: z.string(),
  table: z.string().nullable(),
  from: z.string(),
  to: z.string().nullable(),
  segments: z.number(),
  firstCommitAt: z.string().nullable(),
  lastCommitAt: z.string().nullable(),
  notes: z.array(z.string()),
  moments: z.array(momentSchema),
});
export type MomentSearch = z.infer<typeof momentSearchSchema>;

export const momentSearchesSchema = z.object({
  clusterName: z.string(),
  items: z.array(momentSearchSchema),
});
