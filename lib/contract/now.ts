import { z } from 'zod';
import { unknownPlaceSchema } from '@/lib/contract/changes';

/** `GET /api/v1/now`: who does not answer. Findings, changes, statements and runs have their own addresses. */
export const nowSchema = z.object({
  now: z.string(),
  clusters: z.number(),
  /** Active instances. */
  instances: z.number(),
  unreachable: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      clusterName: z.string(),
      lastError: z.string().nullable(),
      lastSeenAt: z.string().nullable(),
    }),
  ),
  /** Active, and no worker collects them. */
  uncollected: z.array(z.object({ id: z.string(), name: z.string() })),
  /** Worker processes of the last day that ended without saying so, where no other of their name lives. */
  deadWorkers: z.array(z.object({ id: z.string(), name: z.string(), heartbeatAt: z.string() })),
  workersAlive: z.number(),
});
export type NowState = z.infer<typeof nowSchema>;

export const movesQuerySchema = z.object({ range: z.enum(['1h', '24h']).default('1h') });

export const statementMoveSchema = z.object({
  id: z.string(),
  kind: z.enum(['new', 'regressed']),
  instanceId: z.string(),
  instanceName: z.string(),
  clusterName: z.string(),
  database: z.string(),
  username: z.string(),
  queryid: z.string(),
  /** Null when it was never read, or is hidden from this reader. */
  text: z.string().nullable(),
  textHidden: z.boolean(),
  firstAt: z.string(),
  calls: z.number(),
  totalMs: z.number(),
  meanMs: z.number(),
  /** Of the day before the window; null of a new one. */
  meanMsBefore: z.number().nullable(),
});
export type StatementMoveView = z.infer<typeof statementMoveSchema>;

/** `GET /api/v1/now/statements`: new and regressed ones, those that cost the most time more first. */
export const statementMovesSchema = z.object({
  from: z.string(),
  to: z.string(),
  comparedFrom: z.string(),
  items: z.array(statementMoveSchema),
  /** Servers whose statements are not read, and why. */
  unknown: z.array(unknownPlaceSchema),
  /** From where on a statement counts, for people to read beside the list. */
  limits: z.object({ calls: z.number(), newMs: z.number(), factor: z.number(), extraMs: z.number() }),
});
