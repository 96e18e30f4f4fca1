import { z } from 'zod';

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
