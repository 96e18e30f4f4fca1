import { z } from 'zod';
import { planApprovalSchema } from '@/lib/contract/approvals';
import { refusalSchema } from '@/lib/contract/jobs';

const jsonObjectSchema = z.record(z.string(), z.json());

/** An error as people read it. */
export const errorBodySchema = z.object({
  code: z.string(),
  message: z.string(),
  next: z.string().nullish(),
  fields: z.record(z.string(), z.string()).nullish(),
});

/** `POST /api/v1/plans`. Of an undo: `undoOf` alone; kind, target and input follow from the run. */
export const newPlanSchema = z.union([
  z.object({ undoOf: z.uuid() }),
  z.object({
    kind: z.string().min(1).max(100),
    clusterId: z.uuid(),
    /** Without it the worker finds the primary, or a standby, by role. */
    instanceId: z.uuid().optional(),
    input: jsonObjectSchema,
    /**
     * Of fields that are typed from where a copy is kept: field → text. Sealed to the workers at once, for this plan and
     * its run alone, and never given back; the input then names it by an id.
     */
    typed: z
      .record(
        z.string().max(50),
        z
          .string()
          .trim()
          .min(1, 'Type the copy.')
          .max(1000)
          // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
          .regex(/^[^\u0000-\u001f\u007f]*$/, 'One line, without control characters.'),
      )
      .optional(),
  }),
]);
export type NewPlan = z.infer<typeof newPlanSchema>;

export const plannedSchema = z.object({ id: z.uuid() });

/** The stored dry run, as lib/engine/stored-plan.ts keeps it. */
export const planDocumentSchema = z.object({
  summary: z.string(),
  acts: z.array(
    z.object({
      step: z.string(),
      sql: z.string().optional(),
      argv: z.array(z.string()).optional(),
      as: z.string().optional(),
    }),
  ),
  params: jsonObjectSchema,
  warnings: z.array(z.string()),
  blockers: z.array(z.object({ message: z.string(), next: z.string() })),
  estimates: z.array(
    z.object({
      label: z.string(),
      value: z.number().nullable(),
      unit: z.enum(['seconds', 'bytes', 'count']),
      note: z.string().optional(),
    }),
  ),
  tables: z
    .array(
      z.object({
        title: z.string(),
        columns: z.array(z.string()),
        rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
        literals: z.array(z.string()).optional(),
      }),
    )
    .optional(),
  lockKeys: z.array(z.string()),
  /** Seconds of earlier runs of this kind on this cluster, newest first. */
  pastDurations: z.array(z.number()),
});
export type PlanDocument = z.infer<typeof planDocumentSchema>;

/** `GET /api/v1/plans/:id`. */
export const planSchema = z.object({
  id: z.uuid(),
  kind: z.string(),
  /** The kind's title. */
  title: z.string(),
  risk: z.enum(['read', 'low', 'high']),
  definitionVersion: z.number().nullable(),
  cluster: z.object({ id: z.uuid(), name: z.string() }),
  instance: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  input: jsonObjectSchema,
  undoOf: z.uuid().nullable(),
  scheduleId: z.uuid().nullable(),
  requestedByName: z.string(),
  requestedAt: z.string(),
  /** `waiting`: no worker has taken it yet. */
  state: z.enum(['waiting', 'planning', 'ready', 'failed']),
  /** While it waits: for whom, or what no worker has. */
  waitingFor: z.string().nullable(),
  workerName: z.string().nullable(),
  plannedAt: z.string().nullable(),
  document: planDocumentSchema.nullable(),
  hash: z.string().nullable(),
  error: errorBodySchema.nullable(),
  /** The run that was started from it, when there is one. */
  runId: z.uuid().nullable(),
  /** Of a high risk: the name that must be typed to start it; null when none must. */
  confirmName: z.string().nullable(),
  /** Why the reader may not start it; null when they may. */
  refusal: refusalSchema.nullable(),
  /** Its second person; null when its kind needs none. */
  approval: planApprovalSchema.nullable(),
});
export type Plan = z.infer<typeof planSchema>;
