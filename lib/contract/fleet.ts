import { z } from 'zod';
import { levelSchema } from '@/lib/contract/findings';

export const sparklineSchema = z.object({
  check: z.string(),
  label: z.string(),
  unit: z.string(),
  start: z.number(),
  stepSeconds: z.number(),
  /** Null is a gap. */
  values: z.array(z.number().nullable()),
  latest: z.number().nullable(),
});

export const fleetInstanceSchema = z.object({
  id: z.string(),
  name: z.string(),
  host: z.string(),
  port: z.number(),
  role: z.enum(['primary', 'standby', 'unknown']),
  state: z.enum(['draft', 'active', 'paused']),
  reachable: z.boolean().nullable(),
  lastError: z.string().nullable(),
  lastSeenAt: z.string().nullable(),
  serverVersionNum: z.number().nullable(),
  level: levelSchema,
});

export const fleetClusterSchema = z.object({
  id: z.string(),
  name: z.string(),
  environment: z.string(),
  isProduction: z.boolean(),
  level: levelSchema,
  findings: z.object({ crit: z.number(), warn: z.number(), unknown: z.number() }),
  /** The worst open findings in their own words. */
  worst: z.array(
    z.object({ id: z.string(), level: z.enum(['warn', 'crit', 'unknown']), sentence: z.string() }),
  ),
  instances: z.array(fleetInstanceSchema),
  databases: z.number().nullable(),
  bytes: z.number().nullable(),
  sparklines: z.array(sparklineSchema),
  /** The newest finished backup that is still there, and the newest drill; null when there is none. */
  lastBackup: z.object({ id: z.string(), at: z.string() }).nullish(),
  lastDrill: z.object({ runId: z.string(), at: z.string(), verdict: z.string() }).nullish(),
  /** When the newest result of any check came in; null before the first. */
  observedAt: z.string().nullable(),
});
export type FleetCluster = z.infer<typeof fleetClusterSchema>;

export const fleetSchema = z.object({
  now: z.string(),
  /** Worst first. */
  clusters: z.array(fleetClusterSchema),
  /** Instances that wait for a worker: active, and no collector holds them. */
  uncollected: z.array(z.object({ id: z.string(), name: z.string() })),
});
export type Fleet = z.infer<typeof fleetSchema>;
