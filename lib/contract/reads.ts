import { z } from 'zod';
import { refusalSchema } from '@/lib/contract/jobs';
import { errorBodySchema } from '@/lib/contract/plans';

/** `POST /api/v1/reads`: asks a kind that only reads; it is planned and run in one go. */
export const newReadSchema = z.object({
  kind: z.string().min(1).max(100),
  instanceId: z.uuid(),
  input: z.record(z.string(), z.json()),
});
export type NewRead = z.infer<typeof newReadSchema>;

/** `GET /api/v1/reads/:id`. */
export const readSchema = z.object({
  id: z.uuid(),
  kind: z.string(),
  title: z.string(),
  /** `blocked`: it could not be asked, see `blockers`. `expired`: it was answered, and the answer is gone. */
  state: z.enum(['waiting', 'running', 'blocked', 'answered', 'failed', 'expired']),
  /** While it waits: for whom, or what no worker has. */
  waitingFor: z.string().nullable(),
  blockers: z.array(refusalSchema),
  error: errorBodySchema.nullable(),
  runId: z.uuid().nullable(),
  requestedByName: z.string(),
  requestedAt: z.string(),
  answer: z
    .object({
      facts: z.record(z.string(), z.json()),
      text: z.string().nullable(),
      /** The text was longer than 1 MiB; this is its beginning. */
      isCut: z.boolean(),
      textBytes: z.number(),
      storedAt: z.string(),
      expiresAt: z.string(),
    })
    .nullable(),
});
export type Read = z.infer<typeof readSchema>;
