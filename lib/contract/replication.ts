import { z } from 'zod';

export const readClassSchema = z.enum(['read', 'analytics', 'background']);
export type ReadClassName = z.infer<typeof readClassSchema>;

export const canReadQuerySchema = z.object({
  class: readClassSchema.default('read'),
  /** The most that a reader may be behind. */
  lagMs: z.coerce.number().int().min(0).max(86_400_000).default(5_000),
  /** One server, by id or name: the answer is about it alone, as a load balancer asks of each backend. */
  instance: z.string().min(1).max(100).optional(),
});
export type CanReadQuery = z.infer<typeof canReadQuerySchema>;

/** 200 with `ready: true`, 503 with `ready: false`: the same body. */
export const canReadSchema = z.object({
  clusterId: z.uuid(),
  class: readClassSchema,
  lagMs: z.number(),
  ready: z.boolean(),
  instances: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      host: z.string(),
      port: z.number(),
      role: z.enum(['primary', 'standby', 'unknown']),
      ready: z.boolean(),
      /** Why not; null when ready. */
      reason: z.string().nullable(),
      /** The most that its readers were behind when it was measured; null when not known. */
      lagSeconds: z.number().nullable(),
      /** How old the measurement is; null without one. The lag may have grown by as much since. */
      ageMs: z.number().nullable(),
    }),
  ),
  /** Where reads go when no standby is ready. */
  fallback: z.object({ id: z.uuid(), name: z.string(), host: z.string(), port: z.number() }).nullable(),
});
export type CanRead = z.infer<typeof canReadSchema>;

export const standbyStateSchema = z.enum([
  'in-step',
  'catching-up',
  'delayed',
  'archive',
  'paused',
  'stalled',
  'cut',
  'diverged',
  'unknown',
]);

const number = z.number().nullable();

/** One row of the truth table: what is not known is null, never 0. */
export const standbyFactsSchema = z.object({
  state: standbyStateSchema,
  trouble: z.union([z.literal(0), z.literal(1), z.literal(2)]).nullable(),
  says: z.string(),
  unknownReason: z.string().nullable(),
  unsentBytes: number,
  inFlightBytes: number,
  unreplayedBytes: number,
  behindBytes: number,
  lagSeconds: number,
  /** `commit-time` and `history` are upper bounds. */
  lagFrom: z.enum(['positions', 'reached', 'commit-time', 'history']).nullable(),
  overdueSeconds: number,
  primaryName: z.string().nullable(),
  fedBy: z.string(),
  applicationName: z.string(),
  receiver: z.string().nullable(),
  silentSeconds: number,
  pauseState: z.string(),
  timeline: z.number(),
  senderState: z.string().nullable(),
  syncState: z.string().nullable(),
  lastCommitSeconds: number,
  applyDelaySeconds: z.number(),
  hotStandbyFeedback: z.boolean(),
  standbyDelaySeconds: z.number(),
  apartSeconds: number,
});
export type StandbyFactsView = z.infer<typeof standbyFactsSchema>;

export const readVerdictSchema = z.object({
  class: readClassSchema,
  ready: z.boolean(),
  reason: z.string().nullable(),
  since: z.string().nullable(),
  becameReady: z.number(),
  becameUnready: z.number(),
});

export const replicationServerSchema = z.object({
  instanceId: z.uuid(),
  name: z.string(),
  host: z.string(),
  port: z.number(),
  role: z.enum(['primary', 'standby', 'unknown']),
  /** Draft and paused servers are not read. */
  watched: z.boolean(),
  reachable: z.boolean().nullable(),
  timeline: z.number().nullable(),
  /** Who feeds it, where that is a server of the cluster. */
  upstreamId: z.uuid().nullable(),
  observedAt: z.string().nullable(),
  /** What was seen is older than two and a half rounds. */
  stale: z.boolean(),
  /** Null on a primary, and on a standby before its first tick. */
  standby: standbyFactsSchema.nullable(),
  /** With the default limit; empty on a primary. */
  reads: z.array(readVerdictSchema),
});
export type ReplicationServer = z.infer<typeof replicationServerSchema>;

export const replicationSchema = z.object({
  clusterId: z.uuid(),
  clusterName: z.string(),
  primary: z.object({ instanceId: z.uuid(), name: z.string(), caution: z.string().nullable() }).nullable(),
  lagMs: z.number(),
  servers: z.array(replicationServerSchema),
});
export type Replication = z.infer<typeof replicationSchema>;
