import { z } from 'zod';
import { refusalSchema } from '@/lib/contract/jobs';

export const levels = ['ok', 'warn', 'crit', 'unknown'] as const;
export const levelSchema = z.enum(levels);

export const findingSchema = z.object({
  id: z.string(),
  checkId: z.string(),
  /** The check's title; of what the collector itself finds (an unreachable server), its own words. */
  title: z.string(),
  /** The panel that its check feeds, page first (`indexes.keys`); null: the overview of its instance. */
  feeds: z.string().nullable(),
  clusterId: z.string(),
  clusterName: z.string(),
  instanceId: z.string().nullable(),
  instanceName: z.string().nullable(),
  database: z.string().nullable(),
  /** The object by name, as people read it. */
  object: z.string(),
  judged: z.string(),
  level: z.enum(['warn', 'crit', 'unknown']),
  sentence: z.string(),
  mend: z.string().nullable(),
  openedAt: z.string(),
  changedAt: z.string(),
  lastSeenAt: z.string(),
  closedAt: z.string().nullable(),
  /** Acts that mend it, their input filled in. */
  fixes: z.array(z.object({ job: z.string(), label: z.string(), input: z.record(z.string(), z.json()) })),
  /** The mute that holds for its object now. */
  mute: z.object({ id: z.string(), reason: z.string(), byName: z.string(), until: z.string() }).nullable(),
});
export type Finding = z.infer<typeof findingSchema>;

export const findingsQuerySchema = z.object({
  clusterId: z.uuid().optional(),
  instanceId: z.uuid().optional(),
  checkId: z.string().max(100).optional(),
  /** `true`: open ones, worst first. `false`: all, newest first. */
  open: z
    .enum(['true', 'false'])
    .default('true')
    .transform((word) => word === 'true'),
  /** Muted ones: left out (the default of open ones), alone, or among the others (the default of all). */
  muted: z.enum(['without', 'only', 'with']).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
  cursor: z.string().max(200).optional(),
});
export type FindingsQuery = z.infer<typeof findingsQuerySchema>;

export const findingsSchema = z.object({
  items: z.array(findingSchema),
  counts: z.object({ crit: z.number(), warn: z.number(), unknown: z.number() }),
  /** Open ones of the same filter that are muted. */
  muted: z.number(),
  /** Why the reader may not mute any; null when they may. */
  muteRefusal: refusalSchema.nullable(),
  nextCursor: z.string().nullable(),
});
export type Findings = z.infer<typeof findingsSchema>;
