import { z } from 'zod';

/** A folder that a worker writes to and what is free there, in bytes. */
const diskSchema = z.object({
  folder: z.string(),
  freeBytes: z.number().nullable(),
  totalBytes: z.number().nullable(),
});

export const workerSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  host: z.string(),
  pid: z.number(),
  version: z.string(),
  pools: z.array(z.string()),
  state: z.enum(['running', 'draining', 'stopped']),
  /** Heard of within three beats. */
  alive: z.boolean(),
  startedAt: z.string(),
  heartbeatAt: z.string(),
  /** The newest first; a worker may have several at once. */
  currentRuns: z.array(
    z.object({ id: z.uuid(), kind: z.string(), clusterName: z.string(), startedAt: z.string() }),
  ),
  /** Instances whose collector lease it holds. */
  collecting: z.number(),
  disks: z.array(diskSchema),
  postgres: z.array(
    z.object({ major: z.number(), version: z.string(), directory: z.string(), hasServer: z.boolean() }),
  ),
  tools: z.array(z.object({ name: z.string(), version: z.string() })),
  /** How runs reach it: `redis`, or `listen` when it has none or cannot reach it. */
  wakeUp: z.enum(['redis', 'redis-lost', 'listen', 'unknown']),
  keyId: z.string().nullable(),
});
export type WorkerView = z.infer<typeof workerSchema>;

export const workerListSchema = z.object({ items: z.array(workerSchema) });
