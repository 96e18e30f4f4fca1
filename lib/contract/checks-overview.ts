import { z } from 'zod';
import { levelSchema } from '@/lib/contract/findings';

/** `GET /checks/overview`: every check with its state over all servers that are watched. */
export const checksOverviewSchema = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      why: z.string(),
      target: z.enum(['cluster', 'instance', 'database']),
      runsOn: z.enum(['primary', 'standby', 'any']),
      everySeconds: z.number(),
      /** Written by people; its page is /checks/own/…. */
      own: z.boolean(),
      enabled: z.boolean(),
      /** Servers with a result, and those of them where it could not be measured. */
      servers: z.number(),
      unmeasured: z.number(),
      crit: z.number(),
      warn: z.number(),
      unknown: z.number(),
      newestAt: z.string().nullable(),
      /** Of one run on the server, the longest of the newest ones. */
      slowestMs: z.number().nullable(),
    }),
  ),
});
export type ChecksOverview = z.infer<typeof checksOverviewSchema>;

/** `GET /checks/:id/servers`: one check with its newest result on each server, per database where it is asked there. */
export const checkServersSchema = z.object({
  id: z.string(),
  title: z.string(),
  why: z.string(),
  source: z.string(),
  everySeconds: z.number(),
  /** The part of a page that draws it. */
  feeds: z.string().nullable(),
  items: z.array(
    z.object({
      instanceId: z.string(),
      instanceName: z.string(),
      clusterName: z.string(),
      database: z.string().nullable(),
      state: z.enum(['ok', 'unknown', 'timeout', 'error']),
      /** The worst open finding there; `ok` without one. */
      level: levelSchema,
      findings: z.number(),
      reason: z.string().nullable(),
      mend: z.string().nullable(),
      observedAt: z.string(),
      durationMs: z.number(),
    }),
  ),
});
export type CheckServers = z.infer<typeof checkServersSchema>;
