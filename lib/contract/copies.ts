import { z } from 'zod';

/** `GET /api/v1/copies` and one of its items by id: servers over restored copies that stay up for a while. */
export const copySchema = z.object({
  id: z.uuid(),
  cluster: z.object({ id: z.uuid(), name: z.string() }),
  /** The server that its kinds that read are asked of: the primary, else any. */
  instanceId: z.uuid().nullable(),
  runId: z.uuid(),
  backupId: z.uuid().nullable(),
  workerName: z.string(),
  major: z.number(),
  mode: z.enum(['paused', 'promoted']),
  state: z.enum(['open', 'closing', 'closed', 'lost']),
  /** What was asked for, and where it stands: moments, positions, transactions. */
  target: z.record(z.string(), z.json()),
  reached: z.record(z.string(), z.json()),
  problem: z.string().nullable(),
  openedAt: z.string(),
  expiresAt: z.string(),
  closedAt: z.string().nullable(),
});
export type Copy = z.infer<typeof copySchema>;

export const copiesSchema = z.object({ items: z.array(copySchema) });

export const copiesQuerySchema = z.object({
  clusterId: z.uuid().optional(),
  /** Only those that are open or closing. */
  open: z.enum(['true', 'false']).default('false'),
});

/** `PATCH /api/v1/copies/:id`: how much longer it stays open, counted from now. */
export const changeCopySchema = z.object({ hours: z.int().min(1).max(720) });
export type ChangeCopy = z.infer<typeof changeCopySchema>;

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** The text of an answer of the form `rows`, as JSON. */
export const answerRowsSchema = z.object({
  columns: z.array(z.object({ name: z.string(), kind: z.enum(['text', 'count', 'bytes']) })),
  rows: z.array(z.array(cell)),
  /** What the reader must know of it: what was counted how, and what was left out. */
  notes: z.array(z.string()),
});
export type AnswerRows = z.infer<typeof answerRowsSchema>;
