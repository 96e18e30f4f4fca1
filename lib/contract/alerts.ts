import { z } from 'zod';

/** What an alert is about; a channel's rules choose by it. */
export const alertSubjects = ['backup', 'drill', 'recovery', 'finding', 'approval', 'break-glass'] as const;
export const alertSubjectSchema = z.enum(alertSubjects);
export type AlertSubject = z.infer<typeof alertSubjectSchema>;

export const alertLevelSchema = z.enum(['warn', 'crit']);
export type AlertLevel = z.infer<typeof alertLevelSchema>;

/** `opened`: it began. `raised`: a warning became critical. `resolved`: it is over. */
export const alertPhaseSchema = z.enum(['opened', 'raised', 'resolved']);
export type AlertPhase = z.infer<typeof alertPhaseSchema>;

/** One alert as a message says it; the same in e-mails and webhooks. */
export const alertLineSchema = z.object({
  id: z.string(),
  phase: alertPhaseSchema,
  subject: alertSubjectSchema,
  level: alertLevelSchema,
  cluster: z.string().nullable(),
  title: z.string(),
  sentence: z.string(),
  next: z.string().nullable(),
  /** Address of the page in the console. */
  url: z.string(),
  openedAt: z.string(),
  closedAt: z.string().nullable(),
});
export type AlertLine = z.infer<typeof alertLineSchema>;

/** What a channel is told at once: frozen when it was put together, so that each attempt says the same. */
export const channelMessageSchema = z.object({
  title: z.string(),
  lines: z.array(alertLineSchema),
  /** How many more there were than a message holds. */
  more: z.number(),
  consoleUrl: z.string(),
});
export type ChannelMessage = z.infer<typeof channelMessageSchema>;

export const alertSchema = z.object({
  id: z.string(),
  subject: alertSubjectSchema,
  level: alertLevelSchema,
  clusterId: z.string().nullable(),
  clusterName: z.string().nullable(),
  title: z.string(),
  sentence: z.string(),
  next: z.string().nullable(),
  path: z.string(),
  openedAt: z.string(),
  closedAt: z.string().nullable(),
  /** Names of the channels that were told of it, and of those that are being told. */
  told: z.array(z.string()),
  telling: z.array(z.string()),
});
export type Alert = z.infer<typeof alertSchema>;

export const alertsQuerySchema = z.object({
  open: z
    .enum(['true', 'false'])
    .default('true')
    .transform((word) => word === 'true'),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});

/** `GET /api/v1/alerts`: open ones worst first, or those that are over, newest first. */
export const alertsSchema = z.object({
  items: z.array(alertSchema),
  /** Channels that are switched on: without one nobody hears of any. */
  channels: z.number(),
});
