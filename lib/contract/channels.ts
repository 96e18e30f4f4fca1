import { z } from 'zod';
import { alertSubjectSchema, channelMessageSchema } from '@/lib/contract/alerts';
import { singleLine } from '@/lib/contract/instances';

const hostSchema = z
  .string()
  .trim()
  .min(1, 'Give the host of the mail server.')
  .max(253)
  .regex(/^[a-zA-Z0-9._:-]+$/, 'A host name or an address.');
const addressSchema = z.email('This is no e-mail address.').max(254);

/** How the connection to a mail server is protected. `starttls` refuses a server that does not offer it. */
export const mailTlsSchema = z.enum(['starttls', 'tls', 'none']);
export type MailTls = z.infer<typeof mailTlsSchema>;

export const emailSettingsSchema = z.object({
  host: hostSchema,
  port: z.number().int().min(1).max(65535),
  tls: mailTlsSchema,
  /** Empty: it takes mail without a login. */
  username: z.string().max(254),
  from: addressSchema,
  to: z.array(addressSchema).min(1, 'Give at least one address.').max(50),
});
export type EmailSettings = z.infer<typeof emailSettingsSchema>;

export const webhookSettingsSchema = z.object({
  url: z
    .url({ protocol: /^https?$/, error: 'Give an http or https address.' })
    .max(2000)
    .refine((url) => {
      const { username, password } = new URL(url);
      return username === '' && password === '';
    }, 'A user or password in the address would be readable here: use the signature.'),
});
export type WebhookSettings = z.infer<typeof webhookSettingsSchema>;
export type ChannelSettings = EmailSettings | WebhookSettings;

const clockSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A time like 22:00.');

/** What a channel hears of. Broken glass it always does. */
export const channelRulesSchema = z.object({
  subjects: z.array(alertSubjectSchema).min(1, 'Choose at least one.'),
  /** `crit`: critical ones alone. */
  level: z.enum(['warn', 'crit']),
  /** Empty: every cluster. */
  clusterIds: z.array(z.uuid()).max(500),
  /** Word of what is over. */
  resolved: z.boolean(),
  /** Held back between these times and said together after them. */
  quiet: z
    .object({
      from: clockSchema,
      to: clockSchema,
      /** IANA: `Europe/Vienna`. */
      zone: z.string().min(1).max(64),
      /** Critical ones are said all the same. */
      exceptCrit: z.boolean(),
    })
    .nullable(),
  /** Messages in an hour at most; what is more waits and comes as one. */
  perHour: z.number().int().min(1).max(120),
});
export type ChannelRules = z.infer<typeof channelRulesSchema>;

const common = { name: singleLine('The name', 100), rules: channelRulesSchema };

/** `POST /api/v1/channels`. */
export const newChannelSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('email'),
    ...common,
    settings: emailSettingsSchema,
    password: z.string().min(1).max(1000).optional(),
  }),
  z.object({ type: z.literal('webhook'), ...common, settings: webhookSettingsSchema }),
]);
export type NewChannel = z.infer<typeof newChannelSchema>;

/** `PUT /api/v1/channels/:id`: what is not given stays. */
export const changeChannelSchema = z.object({
  name: common.name.optional(),
  rules: channelRulesSchema.optional(),
  settings: z.union([emailSettingsSchema, webhookSettingsSchema]).optional(),
  password: z.string().min(1).max(1000).optional(),
  enabled: z.boolean().optional(),
  /** Of a webhook: a new signing secret, shown once. */
  newSecret: z.boolean().optional(),
});
export type ChangeChannel = z.infer<typeof changeChannelSchema>;

/** A webhook's signing secret is in the answer that made it, and never again. */
export const savedChannelSchema = z.object({ id: z.uuid(), secret: z.string().nullable() });
export type SavedChannel = z.infer<typeof savedChannelSchema>;

export const deliverySchema = z.object({
  id: z.string(),
  kind: z.enum(['alerts', 'test']),
  state: z.enum(['waiting', 'sending', 'sent', 'failed']),
  message: channelMessageSchema,
  attempts: z.number(),
  nextAt: z.string(),
  lastError: z.string().nullable(),
  requestedByName: z.string().nullable(),
  createdAt: z.string(),
  sentAt: z.string().nullable(),
  gaveUpAt: z.string().nullable(),
});
export type Delivery = z.infer<typeof deliverySchema>;

export const channelSchema = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(['email', 'webhook']),
  settings: z.union([emailSettingsSchema, webhookSettingsSchema]),
  rules: channelRulesSchema,
  enabled: z.boolean(),
  createdByName: z.string(),
  createdAt: z.string(),
  /** A password or signing secret is kept for it. */
  hasSecret: z.boolean(),
  last: deliverySchema.pick({ state: true, lastError: true, createdAt: true, sentAt: true }).nullable(),
});
export type Channel = z.infer<typeof channelSchema>;

/** `GET /api/v1/channels`. */
export const channelsSchema = z.object({ items: z.array(channelSchema) });

/** `GET /api/v1/channels/:id`: with its newest deliveries. */
export const channelDetailSchema = channelSchema.extend({ deliveries: z.array(deliverySchema) });
export type ChannelDetail = z.infer<typeof channelDetailSchema>;

export const requestedSchema = z.object({ id: z.uuid() });
