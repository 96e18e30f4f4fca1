import { z } from 'zod';

const backupSchema = z.object({
  label: z.string(),
  type: z.enum(['full', 'diff', 'incr']),
  prior: z.string().nullish(),
  /** Labels that it cannot be restored without. */
  reference: z.array(z.string()).nullish(),
  /** True: pages with a wrong checksum were found in it. */
  error: z.boolean().nullish(),
  annotation: z.record(z.string(), z.string()).nullish(),
  archive: z.object({ start: z.string().nullish(), stop: z.string().nullish() }).nullish(),
  lsn: z.object({ start: z.string().nullish(), stop: z.string().nullish() }).nullish(),
  /** Unix times in seconds. */
  timestamp: z.object({ start: z.number(), stop: z.number() }),
  backrest: z.object({ format: z.number(), version: z.string() }).nullish(),
  database: z.object({ id: z.number(), 'repo-key': z.number() }),
  info: z.object({
    /** Bytes of the whole server. */
    size: z.number(),
    /** Bytes that were copied. */
    delta: z.number(),
    repository: z.object({ size: z.number().nullish(), delta: z.number().nullish() }).nullish(),
  }),
  'database-ref': z.array(z.object({ name: z.string(), oid: z.number() })).nullish(),
  tablespace: z.array(z.object({ name: z.string(), oid: z.number(), destination: z.string() })).nullish(),
  link: z.array(z.object({ name: z.string(), destination: z.string() })).nullish(),
  'error-list': z.array(z.string()).nullish(),
});
export type InfoBackup = z.infer<typeof backupSchema>;

const statusSchema = z.object({ code: z.number(), message: z.string() });

const stanzaSchema = z.object({
  name: z.string(),
  cipher: z.string().nullish(),
  status: statusSchema.extend({
    lock: z
      .object({
        backup: z
          .object({ held: z.boolean(), size: z.number().nullish(), 'size-cplt': z.number().nullish() })
          .nullish(),
      })
      .nullish(),
  }),
  repo: z
    .array(z.object({ key: z.number(), cipher: z.string().nullish(), status: statusSchema }))
    .nullish()
    .transform((repos) => repos ?? []),
  db: z
    .array(z.object({ id: z.number(), 'repo-key': z.number(), 'system-id': z.string(), version: z.string() }))
    .nullish()
    .transform((dbs) => dbs ?? []),
  archive: z
    .array(
      z.object({
        id: z.string(),
        database: z.object({ id: z.number(), 'repo-key': z.number() }),
        min: z.string().nullish(),
        max: z.string().nullish(),
      }),
    )
    .nullish()
    .transform((archives) => archives ?? []),
  backup: z
    .array(backupSchema)
    .nullish()
    .transform((backups) => backups ?? []),
});
export type StanzaInfo = z.infer<typeof stanzaSchema>;

/** Codes of `status` (pgBackRest: src/command/info/info.c). */
export const infoStatus = {
  ok: 0,
  missingStanzaPath: 1,
  noBackups: 2,
  missingStanzaData: 3,
  mixed: 4,
  databaseMismatch: 5,
  backupNotFound: 6,
  other: 99,
} as const;

/**
 * Reads what `info --output=json` printed. Its exit code says nothing: it is 0 with an unknown stanza, a wrong key and
 * a repository that cannot be read; what is wrong stands in `status`. With a wrong cipher pass the message holds the
 * garbage that came out, so the text may be no UTF-8 and no JSON until its control characters are taken away.
 *
 * @returns The stanzas, or why it could not be read.
 */
export function parseInfo(output: Uint8Array | string): { stanzas: StanzaInfo[] } | { problem: string } {
  const text = typeof output === 'string' ? output : new TextDecoder('utf-8').decode(output);
  const parsed = parseJson(text);
  if (parsed === undefined) return { problem: 'pgBackRest’s list of backups is no JSON.' };
  const stanzas = z.array(stanzaSchema).safeParse(parsed);
  if (stanzas.success) return { stanzas: stanzas.data };
  const issue = stanzas.error.issues[0];
  return {
    problem: `pgBackRest’s list of backups has another form: ${issue?.path.join('.')}: ${issue?.message}`,
  };
}

function parseJson(output: string): unknown {
  // A system identifier has 64 bits: as a number of JavaScript it would be another one.
  const text = output.replaceAll(/("system-id":)(\d+)/g, '$1"$2"');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const cleaned = text.replaceAll(/[\u0000-\u001f]/g, ' ');
  for (const candidate of [text, cleaned, cleaned.replaceAll(/\\(?!["\\/bfnrtu])/g, '\\\\')]) {
    try {
      return JSON.parse(candidate);
    } catch {
      // The next one is tidier.
    }
  }
  return undefined;
}

/** What speaks against using a stanza, in one sentence; undefined when all repositories are in order. */
export function stanzaProblem(stanza: StanzaInfo): { message: string; next: string } | undefined {
  const bad = stanza.repo.filter(
    ({ status }) => status.code !== infoStatus.ok && status.code !== infoStatus.noBackups,
  );
  const [first] = bad;
  if (!first) {
    if (stanza.status.code === infoStatus.ok || stanza.status.code === infoStatus.noBackups) return undefined;
    return sentenceOf(stanza.status.code, stanza.status.message, 'The stanza');
  }
  return sentenceOf(first.status.code, first.status.message, `Repository ${first.key}`);
}

function sentenceOf(code: number, raw: string, what: string): { message: string; next: string } {
  const message = printable(raw).slice(0, 300);
  if (code === infoStatus.missingStanzaPath || code === infoStatus.missingStanzaData) {
    return { message: `${what} has not been created yet.`, next: 'Set up archiving: it creates the stanza.' };
  }
  if (code === infoStatus.databaseMismatch) {
    return {
      message: `${what} is of another server than this one.`,
      next: 'After an upgrade with pg_upgrade run stanza-upgrade; otherwise the path belongs to another cluster.',
    };
  }
  if (isWrongPass(message)) {
    return {
      message: `${what} cannot be decrypted: the pass is not the one it was made with.`,
      next: 'Enter the pass that was kept when the repository was set up. Without it nothing in it can be read.',
    };
  }
  return {
    message: `${what} cannot be read: ${message}`,
    next: 'See that the path or the storage is there and may be read.',
  };
}

/** What a wrong pass looks like: the cipher's own error, or a file that is no longer one of its form. */
export function isWrongPass(message: string): boolean {
  return /\b(CryptoError|FormatError)\b|unable to flush|cipher header|\[0?95\]/.test(message);
}

/** Text that a tool printed, without what a terminal or a page could take for more than text. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away.
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\ufffd]+/g, ' ').trim();
}
