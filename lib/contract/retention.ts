import { z } from 'zod';

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

const count = (title: string, min: number, max: number) => z.number().int().min(min).max(max).meta({ title });

/** How many backups of a cluster are kept, by calendar days, weeks, months and years of one zone. */
export const retentionPolicySchema = z
  .object({
    logical: z
      .object({
        daily: count('Days with their newest dump', 1, 3650),
        monthly: count('Months with their newest dump', 0, 600),
        yearly: count('Years with their newest dump', 0, 100),
      })
      .strict(),
    physical: z
      .object({
        weeklyFulls: count('Weeks with their newest full backup', 1, 520),
        dailyDiffs: count('Days with their newest differential or incremental backup', 0, 3650),
        walDays: count('Days that can be recovered to any second', 1, 3650),
      })
      .strict(),
    zone: z.string().max(64).refine(isZone, 'There is no such time zone.'),
  })
  .strict();
export type RetentionPolicy = z.infer<typeof retentionPolicySchema>;

/** What holds where nobody has said otherwise. */
export const defaultPolicy: RetentionPolicy = {
  logical: { daily: 30, monthly: 12, yearly: 7 },
  physical: { weeklyFulls: 5, dailyDiffs: 7, walDays: 30 },
  zone: 'UTC',
};

/** `GET …/retention`: numbers of a policy that is not stored yet, to see what it would do. */
export const retentionQuerySchema = z.object({
  daily: z.coerce.number().int().min(1).max(3650).optional(),
  monthly: z.coerce.number().int().min(0).max(600).optional(),
  yearly: z.coerce.number().int().min(0).max(100).optional(),
  weeklyFulls: z.coerce.number().int().min(1).max(520).optional(),
  dailyDiffs: z.coerce.number().int().min(0).max(3650).optional(),
  walDays: z.coerce.number().int().min(1).max(3650).optional(),
  zone: z.string().max(64).refine(isZone, 'There is no such time zone.').optional(),
});

const verdictSchema = z.object({
  id: z.string(),
  type: z.enum(['logical', 'physical']),
  database: z.string().nullable(),
  label: z.string().nullable(),
  method: z.string().nullable(),
  workerName: z.string(),
  finishedAt: z.string(),
  bytes: z.number(),
  keeps: z.boolean(),
  reasons: z.array(z.object({ rule: z.string(), text: z.string() })),
});
export type RetentionRow = z.infer<typeof verdictSchema>;

const groupSchema = z.object({
  name: z.string(),
  type: z.enum(['logical', 'physical']),
  kept: z.number(),
  goes: z.number(),
  bytesFreed: z.number(),
  /** Why nothing of it goes at present. */
  frozen: z.string().nullable(),
  /** The oldest moment that it can bring back: of a dump its own, of a backup set any second from there on. */
  reachesBack: z.object({ before: z.string().nullable(), after: z.string().nullable() }),
});

export const retentionSchema = z.object({
  clusterId: z.string(),
  clusterName: z.string(),
  policy: retentionPolicySchema,
  /** Nobody has chosen it: these are the console's own numbers. */
  isDefault: z.boolean(),
  updatedAt: z.string().nullable(),
  updatedByName: z.string().nullable(),
  /** The stanza of somebody else, whose backup sets this console never expires; null where it is its own or none. */
  adopted: z.string().nullable(),
  groups: z.array(groupSchema),
  backups: z.array(verdictSchema),
  bytesFreed: z.number(),
  /** The kind that does it, and whether a schedule runs it. */
  expiry: z.object({ kind: z.string(), title: z.string(), isScheduled: z.boolean() }).nullable(),
});
export type Retention = z.infer<typeof retentionSchema>;

const reason = z.string().trim().min(3, 'Say why, in a few words.').max(500);
export const pinSchema = z.object({ reason }).strict();
export const holdSchema = z.object({ reason, until: z.iso.datetime({ offset: true }).nullable() }).strict();

/** `GET /api/v1/backups/:id/keeping`: what keeps one backup, and where else it lies. */
export const keepingSchema = z.object({
  /** Null for one that is not on the shelf any more. */
  verdict: z
    .object({ keeps: z.boolean(), reasons: z.array(z.object({ rule: z.string(), text: z.string() })) })
    .nullable(),
  uploads: z.array(
    z.object({
      storage: z.string(),
      objectKey: z.string(),
      keyId: z.string(),
      state: z.enum(['uploading', 'ready']),
      parts: z.object({ done: z.number(), of: z.number() }),
    }),
  ),
});
export type KeepingView = z.infer<typeof keepingSchema>;
