import { z } from 'zod';
import { windowFields } from '@/lib/contract/series';

const moment = z.iso.datetime({ offset: true });

/** The newest list without a moment. */
export const momentQuerySchema = z.object({ at: moment.optional() });
export type MomentQuery = z.infer<typeof momentQuerySchema>;

export const lockSchema = z.object({
  mode: z.string(),
  object: z.string(),
  seconds: z.number().nullable(),
  /** Modes that others hold on it. */
  held: z.string().nullable(),
});

export const sessionSchema = z.object({
  pid: z.number(),
  /** To the microsecond, as an act on the session needs it. */
  backendStart: z.string(),
  user: z.string().nullable(),
  database: z.string().nullable(),
  application: z.string(),
  client: z.string(),
  /** `client`, `autovacuum`, `autovacuum to prevent wraparound`, a backend type. */
  kind: z.string(),
  state: z.string().nullable(),
  wait: z.string().nullable(),
  xactSeconds: z.number().nullable(),
  stateSeconds: z.number().nullable(),
  queryId: z.string().nullable(),
  /** Null when it is not known, or hidden from this reader. */
  query: z.string().nullable(),
  queryHidden: z.boolean(),
  workers: z.number(),
  blockedBy: z.array(z.number()),
  lock: lockSchema.nullable(),
});
export type ActiveSession = z.infer<typeof sessionSchema>;

/** An act on a session: which fields of the job's input come from which field of the session. */
export const sessionActSchema = z.object({
  job: z.string(),
  label: z.string(),
  input: z.record(z.string(), z.enum(['pid', 'backendStart'])),
  /** Offered for sessions in these states alone; null: in any. */
  states: z.array(z.string()).nullable(),
});
export type SessionAct = z.infer<typeof sessionActSchema>;

/** How the check stands that sees sessions: why there is nothing, and what mends it. */
const standing = {
  state: z.enum(['ok', 'unknown', 'timeout', 'error']).nullable(),
  reason: z.string().nullable(),
  mend: z.string().nullable(),
};

/** `GET /api/v1/instances/:id/sessions`. */
export const sessionsSchema = z.object({
  /** When they were seen; null when nobody looked at that moment. */
  at: z.string().nullable(),
  /** Asked for as they are now: acts make sense. */
  live: z.boolean(),
  stale: z.boolean(),
  /** All that were there; the list may be shorter. */
  total: z.number(),
  items: z.array(sessionSchema),
  acts: z.array(sessionActSchema),
  ...standing,
});
export type Sessions = z.infer<typeof sessionsSchema>;

export interface LockTreeNode {
  key: string;
  kind: 'session' | 'prepared' | 'unseen' | 'deadlock';
  pid: number;
  session: ActiveSession | null;
  prepared: string | null;
  alsoBehind: number[];
  victims: number;
  children: LockTreeNode[];
}

export const lockNodeSchema: z.ZodType<LockTreeNode> = z.lazy(() =>
  z.object({
    key: z.string(),
    kind: z.enum(['session', 'prepared', 'unseen', 'deadlock']),
    pid: z.number(),
    session: sessionSchema.nullable(),
    prepared: z.string().nullable(),
    alsoBehind: z.array(z.number()),
    victims: z.number(),
    children: z.array(lockNodeSchema),
  }),
);

/** `GET /api/v1/instances/:id/locks`: who waits for whom, roots first. */
export const locksSchema = z.object({
  at: z.string().nullable(),
  live: z.boolean(),
  stale: z.boolean(),
  roots: z.array(lockNodeSchema),
  acts: z.array(sessionActSchema),
  ...standing,
});
export type Locks = z.infer<typeof locksSchema>;

export const episodesQuerySchema = z.object({
  ...windowFields,
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
export type EpisodesQuery = z.infer<typeof episodesQuerySchema>;

export const episodeSchema = z.object({
  id: z.string(),
  startedAt: z.string(),
  lastSeenAt: z.string(),
  /** Null while it goes on. */
  endedAt: z.string().nullable(),
  seconds: z.number(),
  /** The root in words: who, where, what it did. */
  root: z.string(),
  rootState: z.string().nullable(),
  rootQuery: z.string().nullable(),
  queryHidden: z.boolean(),
  victimsMax: z.number(),
  longestWaitSeconds: z.number(),
  /** What the one who waited longest wanted. */
  wanted: z.string().nullable(),
  /** The tree when most waited. */
  worst: lockNodeSchema,
});
export type Episode = z.infer<typeof episodeSchema>;

/** `GET /api/v1/instances/:id/lock-episodes`: newest first. */
export const episodesSchema = z.object({
  from: z.string(),
  to: z.string(),
  items: z.array(episodeSchema),
});
export type Episodes = z.infer<typeof episodesSchema>;
