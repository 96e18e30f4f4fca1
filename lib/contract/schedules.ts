import { z } from 'zod';
import { refusalSchema } from '@/lib/contract/jobs';

const cronSchema = z.string().min(1).max(200);
const zoneSchema = z.string().min(1).max(100);

/** `POST /api/v1/schedules`. */
export const newScheduleSchema = z.object({
  clusterId: z.uuid(),
  kind: z.string().min(1).max(100),
  input: z.record(z.string(), z.json()),
  /** Five fields: minute, hour, day of month, month, day of week. */
  cron: cronSchema,
  /** IANA name: `Europe/Vienna`. */
  zone: zoneSchema,
  /** What happens to a time that nobody could run: once as soon as possible, or not at all. */
  missed: z.enum(['run-once', 'skip']).default('run-once'),
});
export type NewSchedule = z.infer<typeof newScheduleSchema>;

/** `PATCH /api/v1/schedules/:id`. `approve`: agree to the present version of the kind's definition. */
export const changeScheduleSchema = z.object({
  enabled: z.boolean().optional(),
  cron: cronSchema.optional(),
  zone: zoneSchema.optional(),
  missed: z.enum(['run-once', 'skip']).optional(),
  approve: z.literal(true).optional(),
});
export type ChangeSchedule = z.infer<typeof changeScheduleSchema>;

export const firingSchema = z.object({
  fireTime: z.string(),
  firedAt: z.string(),
  outcome: z.enum(['planning', 'started', 'blocked', 'failed', 'skipped']),
  reason: z.string().nullable(),
  planId: z.uuid().nullable(),
  runId: z.uuid().nullable(),
  /** State of the run that it started. */
  runState: z.string().nullable(),
});
export type Firing = z.infer<typeof firingSchema>;

export const scheduleSchema = z.object({
  id: z.uuid(),
  cluster: z.object({ id: z.uuid(), name: z.string() }),
  kind: z.string(),
  title: z.string(),
  /** The version that was approved; an older one than the kind's present version does not run. */
  definitionVersion: z.number(),
  currentVersion: z.number().nullable(),
  input: z.record(z.string(), z.json()),
  cron: z.string(),
  zone: z.string(),
  missed: z.enum(['run-once', 'skip']),
  enabled: z.boolean(),
  /** The next five moments, oldest first; none while it is paused. */
  nextFires: z.array(z.string()),
  createdByName: z.string(),
  createdAt: z.string(),
  lastFiring: firingSchema.nullable(),
  /** Why the reader may not change it; null when they may. */
  refusal: refusalSchema.nullable(),
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** `GET /api/v1/schedules`. */
export const schedulesSchema = z.object({ items: z.array(scheduleSchema) });

/** `GET /api/v1/schedules/:id`: with what it did, newest first. */
export const scheduleDetailSchema = scheduleSchema.extend({ firings: z.array(firingSchema) });
export type ScheduleDetail = z.infer<typeof scheduleDetailSchema>;

export const schedulePreviewQuerySchema = z.object({ cron: cronSchema, zone: zoneSchema });

/** `GET /api/v1/schedules/preview?cron=&zone=`: the next five moments; 422 with fields when it cannot be read. */
export const schedulePreviewSchema = z.object({ nextFires: z.array(z.string()) });
