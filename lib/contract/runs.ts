import { z } from 'zod';
import { startReasonSchema } from '@/lib/contract/approvals';
import { evidenceSchema } from '@/lib/contract/evidence';
import { refusalSchema } from '@/lib/contract/jobs';
import { errorBodySchema } from '@/lib/contract/plans';

export const runStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'needs-decision'] as const;
export const runStateSchema = z.enum(runStates);
export type RunState = z.infer<typeof runStateSchema>;

/** `POST /api/v1/runs` with the header Idempotency-Key. */
export const newRunSchema = z.object({
  planId: z.uuid(),
  /** The hash that was reviewed: another one is refused with 409. */
  planHash: z.string().min(1).max(200),
  /** Of a high risk: the target's name, typed. */
  confirm: z.string().max(300).optional(),
  /** Of what needs two people on production: why it is done. */
  reason: startReasonSchema.optional(),
  /** A dba starts it without a second person: everybody hears of it, and another person reviews it. */
  breakGlass: z.boolean().optional(),
});
export type NewRun = z.infer<typeof newRunSchema>;

export const startedSchema = z.object({ id: z.uuid() });

export const runProgressSchema = z.object({
  done: z.number(),
  total: z.number().nullable(),
  what: z.string(),
});

export const runItemSchema = z.object({
  id: z.uuid(),
  planId: z.uuid(),
  kind: z.string(),
  title: z.string(),
  risk: z.enum(['read', 'low', 'high']),
  cluster: z.object({ id: z.uuid(), name: z.string() }),
  instance: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  /** What it is about, from the plan: one sentence. */
  summary: z.string(),
  state: runStateSchema,
  /** Of a queued run: for whom it waits, as a sentence; with the run that holds the lock. */
  waitingFor: z.string().nullable(),
  waitingForRunId: z.uuid().nullable(),
  workerName: z.string().nullable(),
  undoOf: z.uuid().nullable(),
  scheduleId: z.uuid().nullable(),
  requestedByName: z.string(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  /** Seconds from start to end, or until now. */
  seconds: z.number().nullable(),
  progress: runProgressSchema.nullable(),
  error: errorBodySchema.nullable(),
  /** The worst verdict of its evidence; null without any. */
  verdict: z.enum(['pass', 'partial', 'fail', 'info']).nullable(),
});
export type RunItem = z.infer<typeof runItemSchema>;

export const runsQuerySchema = z.object({
  clusterId: z.uuid().optional(),
  instanceId: z.uuid().optional(),
  kind: z.string().max(100).optional(),
  state: runStateSchema.optional(),
  /** `true`: queued, running and waiting for a decision. */
  open: z
    .enum(['true', 'false'])
    .transform((word) => word === 'true')
    .optional(),
  scheduleId: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
});
export type RunsQuery = z.infer<typeof runsQuerySchema>;

/** `GET /api/v1/runs`, newest first. */
export const runsSchema = z.object({ items: z.array(runItemSchema), nextCursor: z.string().nullable() });

export const runStepSchema = z.object({
  ordinal: z.number(),
  name: z.string(),
  title: z.string(),
  safety: z.enum(['pure', 'idempotent', 'probeable', 'once']),
  pointOfNoReturn: z.boolean(),
  state: z.enum(['pending', 'started', 'done', 'failed', 'undecided']),
  epoch: z.number().nullable(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  seconds: z.number().nullable(),
  output: z.record(z.string(), z.json()).nullable(),
  error: errorBodySchema.nullable(),
});
export type RunStep = z.infer<typeof runStepSchema>;

export const runEventSchema = z.object({
  id: z.number(),
  at: z.string(),
  epoch: z.number(),
  event: z.string(),
  data: z.record(z.string(), z.json()),
});

/** `GET /api/v1/runs/:id`. */
export const runSchema = runItemSchema.extend({
  planHash: z.string(),
  epoch: z.number(),
  lockKeys: z.array(z.string()),
  input: z.record(z.string(), z.json()),
  cancelRequestedAt: z.string().nullable(),
  cancelRequestedBy: z.string().nullable(),
  decision: z.enum(['repeat', 'done', 'stop']).nullable(),
  steps: z.array(runStepSchema),
  events: z.array(runEventSchema),
  evidence: z.array(evidenceSchema),
  /** Seconds of earlier runs of this kind on this cluster, newest first. */
  pastDurations: z.array(z.number()),
  /** Backup that it made or was about. */
  backupId: z.uuid().nullable(),
  /** Cancel: null when it can be asked for, else why not (ended, past the point of no return, not allowed). */
  cancelRefusal: refusalSchema.nullable(),
  /** How it can be undone: by which kind, or why not (now). */
  undo: z.union([
    z.object({
      job: z.string(),
      label: z.string(),
      refusal: refusalSchema.nullable(),
      undoneBy: z.uuid().nullable(),
    }),
    z.object({ none: z.string() }),
  ]),
  /** What has to follow it, as it was planned by itself: its plan, and its run once it has begun. */
  followUp: z
    .object({
      planId: z.uuid(),
      title: z.string(),
      state: z.enum(['planning', 'waits', 'blocked', 'failed']).or(runStateSchema),
      why: z.string().nullable(),
      runId: z.uuid().nullable(),
    })
    .nullable(),
  /** The run that it follows. */
  follows: z.uuid().nullable(),
  /** Who may decide; null when the reader may. */
  decisionRefusal: refusalSchema.nullable(),
});
export type Run = z.infer<typeof runSchema>;

/** `POST /api/v1/runs/:id/decision`: run the step again, take it as done, or stop here. */
export const decisionSchema = z.object({ decision: z.enum(['repeat', 'done', 'stop']) });
export type Decision = z.infer<typeof decisionSchema>['decision'];

export const logQuerySchema = z.object({
  afterSeq: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(2000).default(1000),
});

export const logLineSchema = z.object({
  seq: z.number(),
  at: z.string(),
  epoch: z.number(),
  step: z.string().nullable(),
  level: z.enum(['info', 'warn', 'error']),
  text: z.string(),
});
export type LogLine = z.infer<typeof logLineSchema>;

/** `GET /api/v1/runs/:id/log?afterSeq=`: lines after a number, oldest first. */
export const runLogSchema = z.object({
  items: z.array(logLineSchema),
  /** The newest number there is: ask again while it is above the last line's. */
  lastSeq: z.number(),
});
