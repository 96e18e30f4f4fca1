import { z } from 'zod';
import { refusalSchema } from '@/lib/contract/jobs';

/** A reason that somebody else reads: a sentence, not a letter. */
const reasonSchema = z.string().trim().min(8, 'Say why, in a few words at least.').max(1000);

/** `POST /api/v1/plans/:id/approvals`: ask for a second person, or be it. */
export const newWordSchema = z.object({
  kind: z.enum(['request', 'approval', 'refusal']),
  /** The hash that was read: another one is refused with 409. */
  planHash: z.string().min(1).max(200),
  /** Of a request and a refusal: why. */
  reason: z.string().trim().max(1000).default(''),
});
export type NewWord = z.infer<typeof newWordSchema>;

/** `POST /api/v1/approvals/:id/review`: another person has looked at what was done alone. */
export const reviewSchema = z.object({ note: reasonSchema });

/** `PUT /api/v1/approvals/settings`. */
export const approvalSettingsSchema = z.object({ minutes: z.number().int().min(1).max(1440) });

/** Of a start that was confirmed: why it is done, and whether it is done alone. */
export const startReasonSchema = reasonSchema;

const wordSchema = z.object({
  byName: z.string(),
  at: z.string(),
  reason: z.string(),
  expiresAt: z.string(),
});

/** How a plan stands with its second person; null where its kind needs none anywhere. */
export const planApprovalSchema = z.object({
  /** False: the cluster is no production, so that one person is enough. */
  isNeeded: z.boolean(),
  environment: z.string(),
  state: z.enum(['none', 'asked', 'approved', 'refused', 'expired', 'void', 'used']),
  request: wordSchema.nullable(),
  /** The approval or refusal that makes the state. */
  answer: wordSchema.nullable(),
  /** What the glass was broken with, when it was. */
  glass: wordSchema.omit({ expiresAt: true }).nullable(),
  /** Minutes that an approval holds. */
  minutes: z.number(),
  /** Why the reader may not approve or refuse; null when they may. */
  answerRefusal: refusalSchema.nullable(),
  /** Why the reader may not start it although it is approved; null when they may. */
  startRefusal: refusalSchema.nullable(),
  glassRefusal: refusalSchema.nullable(),
});
export type PlanApproval = z.infer<typeof planApprovalSchema>;

export const waitingPlanSchema = z.object({
  planId: z.string(),
  title: z.string(),
  clusterId: z.string(),
  clusterName: z.string(),
  summary: z.string(),
  byName: z.string(),
  reason: z.string(),
  at: z.string(),
  expiresAt: z.string(),
  /** The reader could answer it. */
  isForReader: z.boolean(),
});
export type WaitingPlan = z.infer<typeof waitingPlanSchema>;

export const brokenGlassSchema = z.object({
  id: z.string(),
  planId: z.string(),
  runId: z.string(),
  runState: z.string(),
  title: z.string(),
  clusterId: z.string(),
  clusterName: z.string(),
  summary: z.string(),
  byName: z.string(),
  reason: z.string(),
  at: z.string(),
  reviewedAt: z.string().nullable(),
  reviewedByName: z.string().nullable(),
  reviewNote: z.string().nullable(),
  /** Why the reader may not review it; null when they may. */
  reviewRefusal: refusalSchema.nullable(),
});
export type BrokenGlass = z.infer<typeof brokenGlassSchema>;

/** `GET /api/v1/approvals`. */
export const approvalsSchema = z.object({
  waiting: z.array(waitingPlanSchema),
  /** What nobody has reviewed first, then what was. */
  glass: z.array(brokenGlassSchema),
  unreviewed: z.number(),
  minutes: z.number(),
  settingsRefusal: refusalSchema.nullable(),
});
export type Approvals = z.infer<typeof approvalsSchema>;
