import { z } from 'zod';
import { singleLine } from '@/lib/contract/instances';

/** Longer than this nobody remembers why. */
export const muteDaysAtMost = 90;

/** `POST /api/v1/mutes`: mutes the object that a finding is about, under its check. */
export const newMuteSchema = z.strictObject({
  findingId: z.uuid(),
  reason: singleLine('The reason', 200),
  /** When it ends by itself: ahead, and not beyond 90 days. */
  until: z.iso.datetime({ offset: true }),
});
export type NewMute = z.infer<typeof newMuteSchema>;

export const mutesQuerySchema = z.object({
  clusterId: z.uuid().optional(),
  /** `active`: those that hold now. `over`: those that ended, the newest first. */
  state: z.enum(['active', 'over']).default('active'),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});
export type MutesQuery = z.infer<typeof mutesQuerySchema>;

export const muteSchema = z.object({
  id: z.string(),
  checkId: z.string(),
  title: z.string(),
  clusterId: z.string(),
  clusterName: z.string(),
  /** Null for what belongs to the cluster, on whichever server it is found. */
  instanceId: z.string().nullable(),
  instanceName: z.string().nullable(),
  database: z.string().nullable(),
  object: z.string(),
  reason: z.string(),
  mutedAt: z.string(),
  mutedByName: z.string(),
  until: z.string(),
  endedAt: z.string().nullable(),
  /** Null when it ran out by itself. */
  endedByName: z.string().nullable(),
  /** Of a finding of this object that is open now. */
  sentence: z.string().nullable(),
  level: z.enum(['warn', 'crit', 'unknown']).nullable(),
});
export type Mute = z.infer<typeof muteSchema>;

export const mutesSchema = z.object({ items: z.array(muteSchema) });
export const mutedSchema = z.object({ id: z.string() });
export const unmutedSchema = z.object({ unmuted: z.literal(true) });
