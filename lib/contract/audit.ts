import { z } from 'zod';

export const auditEntrySchema = z.object({
  id: z.number(),
  at: z.string(),
  actorKind: z.enum(['user', 'token', 'schedule', 'worker', 'start']),
  actorId: z.string().nullable(),
  actorName: z.string(),
  action: z.string(),
  subjectKind: z.string(),
  subjectId: z.string().nullable(),
  subjectName: z.string().nullable(),
  /** Null where the reader's role does not show them: addresses and devices of people. */
  details: z.record(z.string(), z.json()).nullable(),
  requestId: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditQuery = z.strictObject({
  actor: z.string().trim().max(200).optional(),
  action: z.string().trim().max(100).optional(),
  subjectKind: z.string().trim().max(100).optional(),
  subjectId: z.string().trim().max(200).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  /** Entries older than this id: the `nextBefore` of the answer before. */
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});
export type AuditQuery = z.infer<typeof auditQuery>;

export const auditSchema = z.object({
  entries: z.array(auditEntrySchema),
  /** Ask again with this as `before`; null at the end. */
  nextBefore: z.number().nullable(),
  /** All actions that the audit holds, for filters. */
  actions: z.array(z.string()),
});
