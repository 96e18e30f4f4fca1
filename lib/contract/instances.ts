import { z } from 'zod';

export const purposes = ['watch', 'backup', 'operate'] as const;
export type PurposeName = (typeof purposes)[number];

export const tlsModes = ['verify-full', 'verify-ca', 'require', 'disable'] as const;
export type TlsModeName = (typeof tlsModes)[number];

/** What each TLS mode protects from, in the words of the form. */
export const tlsModeSentences: Record<TlsModeName, string> = {
  'verify-full': 'Encrypted; the certificate must be signed by a trusted authority and name this host.',
  'verify-ca':
    'Weaker: the authority is checked, the host name is not. Any server of that authority is believed.',
  require: 'Weaker: encrypted, but nobody checks who answers. Somebody on the way can read the password.',
  disable: 'Not protected: the password’s exchange and all data travel in the clear.',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is refused
const controlCharacters = /[\u0000-\u001f\u007f]/;

/** Any text on one line, of 1 to `max` characters. */
export function singleLine(what: string, max: number) {
  return z
    .string()
    .trim()
    .min(1, `${what} is missing.`)
    .max(max, `${what} is longer than ${max} characters.`)
    .refine(
      (text) => !controlCharacters.test(text),
      `${what} holds a line break or another control character.`,
    );
}

/** PostgreSQL cuts identifiers at 63 bytes (NAMEDATALEN - 1): a longer one would name something else. */
function identifier(what: string) {
  return z
    .string()
    .min(1, `${what} is missing.`)
    .refine((text) => new TextEncoder().encode(text).length <= 63, `${what} is longer than 63 bytes.`)
    .refine(
      (text) => !controlCharacters.test(text),
      `${what} holds a line break or another control character.`,
    );
}

const hostName =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

/** One host: a name or an address. Nothing that a client library would read as a socket, a list or an option. */
export const hostSchema = z
  .string()
  .trim()
  .min(1, 'The host is missing.')
  .refine((host) => !host.startsWith('/') && !host.startsWith('@'), {
    message: 'A unix socket cannot be watched: give a host name or an address.',
    abort: true,
  })
  .refine((host) => !host.includes(','), {
    message: 'Give one host: each server is an instance of its own.',
    abort: true,
  })
  .refine((host) => !/[=?/@\s]/.test(host), {
    message: 'Give the host name or address alone, without user, port, path or options.',
    abort: true,
  })
  .refine(
    (host) => hostName.test(host) || z.ipv4().safeParse(host).success || z.ipv6().safeParse(host).success,
    'This is neither a host name nor an IP address.',
  );

const portSchema = z
  .int('The port is a whole number.')
  .min(1, 'The port is between 1 and 65535.')
  .max(65_535, 'The port is between 1 and 65535.');

/** pg_dump and others read a database name with `=` or a URL in it as a whole connection string. */
const databaseSchema = identifier('The database').refine(
  (name) => !name.includes('=') && !/^postgres(ql)?:\/\//i.test(name),
  'A name with “=” or a URL cannot be the maintenance database: client programs read it as a connection string.',
);

const pem = (label: string, what: string) =>
  z
    .string()
    .max(100_000, `${what} is too long.`)
    .refine(
      (text) => text.includes(`-----BEGIN ${label}`),
      `${what} is not PEM text (-----BEGIN ${label}…).`,
    );

const passwordSchema = z
  .string()
  .min(1, 'The password is missing.')
  .max(1000, 'The password is longer than 1000 characters.')
  .refine((text) => !text.includes('\u0000'), 'The password holds a NUL character.');

export const newLoginSchema = z.object({
  purpose: z.enum(purposes),
  user: identifier('The user'),
  password: passwordSchema,
});

const connectionFields = {
  host: hostSchema,
  port: portSchema,
  database: databaseSchema,
  tlsMode: z.enum(tlsModes),
  /** Authorities to trust instead of the well-known ones, PEM; null for those. */
  tlsCa: pem('CERTIFICATE', 'The CA').nullable(),
  tlsCertificate: pem('CERTIFICATE', 'The client certificate').nullable(),
};

const loginsSchema = z
  .array(newLoginSchema)
  .max(purposes.length)
  .refine(
    (logins) => new Set(logins.map((login) => login.purpose)).size === logins.length,
    'One login per purpose.',
  );

export const newInstanceSchema = z
  .object({
    clusterId: z.uuid('Choose a cluster.'),
    name: singleLine('The name', 100),
    ...connectionFields,
    port: portSchema.default(5432),
    database: databaseSchema.default('postgres'),
    tlsMode: z.enum(tlsModes).default('verify-full'),
    tlsCa: connectionFields.tlsCa.default(null),
    tlsCertificate: connectionFields.tlsCertificate.default(null),
    /** The client certificate's private key, PEM, not encrypted: sealed with each login. */
    tlsKey: pem('', 'The client key').optional(),
    pool: singleLine('The pool', 40).default('default'),
    logins: loginsSchema.min(1, 'Give at least one login.'),
  })
  .strict();
export type NewInstance = z.input<typeof newInstanceSchema>;

/**
 * A change of an instance. Host, port, TLS mode, CA and client certificate are what a secret was entered for: with
 * one of them changed, each login must be given again or removed.
 */
export const changeInstanceSchema = z
  .object({
    name: singleLine('The name', 100).optional(),
    host: connectionFields.host.optional(),
    port: connectionFields.port.optional(),
    database: connectionFields.database.optional(),
    tlsMode: connectionFields.tlsMode.optional(),
    tlsCa: connectionFields.tlsCa.optional(),
    tlsCertificate: connectionFields.tlsCertificate.optional(),
    tlsKey: pem('', 'The client key').optional(),
    pool: singleLine('The pool', 40).optional(),
    logins: loginsSchema.optional(),
    removeLogins: z.array(z.enum(purposes)).optional(),
  })
  .strict();
export type ChangeInstance = z.infer<typeof changeInstanceSchema>;

/** What a test saw of one right of a login. */
export const rightSchema = z.object({
  name: z.string(),
  held: z.boolean(),
  /** Nothing breaks without it; `why` says what is better with it. */
  optional: z.boolean().optional(),
  /** What it is needed for, or what it endangers. */
  why: z.string(),
});

export const testedLoginSchema = z.object({
  tls: z.boolean(),
  superuser: z.boolean(),
  ok: z.boolean(),
  rights: z.array(rightSchema),
  /** Sentences: what does not work without the missing rights. */
  missing: z.array(z.string()),
});
export type TestedLogin = z.infer<typeof testedLoginSchema>;

export const testStepSchema = z.object({
  /** The login that the step belongs to; null for what is about the server. */
  purpose: z.enum(purposes).nullable(),
  title: z.string(),
  state: z.enum(['ok', 'warn', 'failed', 'skipped']),
  sentence: z.string(),
  next: z.string().nullable(),
  durationMs: z.number().nullable(),
});
export type TestStep = z.infer<typeof testStepSchema>;

export const foundStandbySchema = z.object({
  applicationName: z.string(),
  /** As the primary sees it; null over a socket. A guess: a proxy or NAT may stand between. */
  host: z.string().nullable(),
  port: z.number(),
  state: z.string(),
  /** The instance that it seems to be, when it is known already. */
  instanceId: z.string().nullable(),
});
export type FoundStandby = z.infer<typeof foundStandbySchema>;

export const testResultSchema = z.object({
  steps: z.array(testStepSchema),
  server: z
    .object({
      serverVersionNum: z.number(),
      version: z.string(),
      role: z.enum(['primary', 'standby']),
      systemIdentifier: z.string(),
      timeline: z.number(),
      extensions: z.array(z.object({ name: z.string(), version: z.string() })),
      databases: z.array(z.string()),
    })
    .nullable(),
  logins: z.array(
    testedLoginSchema.extend({ purpose: z.enum(purposes), user: z.string(), script: z.string().nullable() }),
  ),
  standbys: z.array(foundStandbySchema),
  /** True when this test made the draft active. */
  activated: z.boolean(),
});
export type TestResult = z.infer<typeof testResultSchema>;

export const instanceTestSchema = z.object({
  id: z.uuid(),
  instanceId: z.uuid(),
  state: z.enum(['requested', 'running', 'done']),
  requestedBy: z.string(),
  requestedAt: z.string(),
  finishedAt: z.string().nullable(),
  ok: z.boolean().nullable(),
  result: testResultSchema.nullable(),
});
export type InstanceTest = z.infer<typeof instanceTestSchema>;

export const loginSchema = z.object({
  purpose: z.enum(purposes),
  user: z.string(),
  updatedAt: z.string(),
  testedAt: z.string().nullable(),
  tested: testedLoginSchema.nullable(),
});

export const instanceSchema = z.object({
  id: z.uuid(),
  clusterId: z.uuid(),
  name: z.string(),
  host: z.string(),
  port: z.number(),
  database: z.string(),
  tlsMode: z.enum(tlsModes),
  pool: z.string(),
  state: z.enum(['draft', 'active', 'paused', 'removed']),
  role: z.enum(['primary', 'standby', 'unknown']),
  timeline: z.number().nullable(),
  systemIdentifier: z.string().nullable(),
  serverVersionNum: z.number().nullable(),
  reachable: z.boolean().nullable(),
  lastError: z.string().nullable(),
  lastSeenAt: z.string().nullable(),
  logins: z.array(loginSchema),
});
export type InstanceView = z.infer<typeof instanceSchema>;

export const instanceDetailSchema = instanceSchema.extend({
  clusterName: z.string(),
  environment: z.string(),
  tlsCa: z.string().nullable(),
  tlsCertificate: z.string().nullable(),
  facts: z.record(z.string(), z.json()),
  factsAt: z.string().nullable(),
  createdAt: z.string(),
  latestTest: instanceTestSchema.nullable(),
});
export type InstanceDetail = z.infer<typeof instanceDetailSchema>;

export const instanceListSchema = z.object({ items: z.array(instanceSchema) });

export const createdSchema = z.object({ id: z.uuid() });

export const requestTestSchema = z.object({ activate: z.boolean().default(false) });

/** `POST …/state`: only a tested draft becomes active. */
export const changeStateSchema = z.object({ state: z.enum(['active', 'paused']) });

export const grantScriptQuerySchema = z.object({
  purpose: z.enum(purposes),
  user: identifier('The user'),
  /** Server major; 14 to the newest known. */
  major: z.coerce.number().int().min(14).max(99).optional(),
});
export const grantScriptSchema = z.object({ script: z.string() });
