import { z } from 'zod';
import { units } from '@/lib/base/units';
import { checkStateSchema, rowSchema } from '@/lib/contract/checks';
import { singleLine } from '@/lib/contract/instances';

/** Before the name of a check that people wrote; no file of the catalogue can hold a slash in its name. */
export const ownPrefix = 'own/';

export const ownCheckNameSchema = z
  .string()
  .trim()
  .max(60, 'The name is longer than 60 characters.')
  .regex(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    'The name is of small letters, digits and single hyphens, and begins with a letter.',
  );

const columnNameSchema = z
  .string()
  .trim()
  .regex(
    /^[a-z][a-z0-9_]{0,40}$/,
    'A column’s name is of small letters, digits and _, as the query gives it (write “as orders_open”).',
  );

export const ownColumnSchema = z
  .object({
    name: columnNameSchema,
    /** What it is for: `key` names the object, `gauge` and `counter` are numbers that are kept and may be judged. */
    role: z.enum(['key', 'text', 'gauge', 'counter']),
    label: z.string().trim().max(60).optional(),
    unit: z.enum(units).optional(),
    /** Of a text: it may hold people's data or literals of statements, so only operators and dbas see it. */
    literals: z.boolean().optional(),
  })
  .strict();
export type OwnColumn = z.infer<typeof ownColumnSchema>;

export const ownJudgeSchema = z
  .object({
    column: columnNameSchema,
    worse: z.enum(['above', 'below']).default('above'),
    warn: z.number().optional(),
    crit: z.number().optional(),
    forSeconds: z.number().int().min(0).max(86_400).default(0),
    /** `{column}` is replaced by its value with its unit; `{instance}`, `{cluster}` and `{database}` are there too. */
    sentence: z.string().trim().max(300).optional(),
  })
  .strict();

/**
 * What must not stand in a check. The wall is the read-only transaction and the rights of the watch login; this only
 * names early what would reach beyond the one transaction: settings and locks of the session, other sessions, waiting.
 * A name may stand in double quotes, and a comment between it and its bracket.
 */
const reaching =
  /\b(set_config|pg_(?:try_)?advisory_\w+|pg_(?:terminate|cancel)_backend|pg_reload_conf|pg_rotate_logfile|pg_\w*reset\w*|pg_switch_wal|pg_promote|pg_notify|pg_sleep\w*|pg_logical_emit_message|dblink\w*|lo_\w+)"?\s*(?:\(|--|\/\*)/i;
/** Spells a name by the numbers of its letters: nobody needs it here, and nobody could read it. */
const spelled = /\bu&"/i;

const namesOf = (what: string) => z.array(singleLine(what, 100)).max(50).default([]);

const ownCheckFields = z
  .object({
    name: ownCheckNameSchema,
    title: singleLine('The title', 80),
    why: z.string().trim().max(500).default(''),
    target: z.enum(['instance', 'database']).default('instance'),
    runsOn: z.enum(['any', 'primary', 'standby']).default('any'),
    everySeconds: z
      .number()
      .int()
      .min(10, 'At least 10 s apart.')
      .max(86_400, 'At most a day apart.')
      .default(60),
    timeoutMs: z
      .number()
      .int()
      .min(100)
      .max(10_000, 'At most 10 s: other checks wait for it.')
      .default(5_000),
    /** Names; empty means all. */
    clusters: namesOf('The cluster'),
    databases: namesOf('The database'),
    sql: z
      .string()
      .trim()
      .min(1, 'The query is missing.')
      .max(20_000, 'The query is longer than 20,000 characters.')
      .refine(
        (sql) => /^(select|with|values|table)\b/i.test(sql.replace(/^(\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, '')),
        {
          message: 'A check is one query that begins with SELECT or WITH.',
          abort: true,
        },
      )
      .refine((sql) => !spelled.test(sql), 'Write names as they are: U&"…" hides what is meant.')
      .refine((sql) => !reaching.test(sql), {
        error: (issue) =>
          `A check only reads: ${reaching.exec(String(issue.input))?.[1] ?? 'this function'} reaches beyond its own transaction.`,
      }),
    columns: z.array(ownColumnSchema).min(1, 'Name at least one column.').max(20, 'At most 20 columns.'),
    judge: z.array(ownJudgeSchema).max(10).default([]),
  })
  .strict();

const always = ['instance', 'cluster', 'database'];

/** A check that people write: what YAML files, the form and the API have in common. */
export const ownCheckSchema = ownCheckFields.superRefine((check, context) => {
  const wrong = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  const names = check.columns.map(({ name }) => name);
  names.forEach((name, at) => {
    if (names.indexOf(name) !== at) wrong(['columns', at, 'name'], `There are two columns ${name}.`);
    const { literals, role } = check.columns[at] ?? {};
    if (literals && role !== 'text')
      wrong(
        ['columns', at, 'literals'],
        'Only a text can be hidden: keys name findings, and numbers are drawn.',
      );
  });
  if (check.target === 'instance' && check.databases.length > 0)
    wrong(['databases'], 'Only a check that is asked in each database can name databases.');
  check.judge.forEach((judge, at) => {
    const column = check.columns.find(({ name }) => name === judge.column);
    if (!column || !isNumber(column))
      wrong(['judge', at, 'column'], 'Judge a gauge or a counter of this check.');
    const { warn, crit } = judge;
    if (warn === undefined && crit === undefined)
      wrong(['judge', at, 'warn'], 'Give a value to warn at, or a critical one.');
    if (warn !== undefined && crit !== undefined && (judge.worse === 'above' ? crit <= warn : crit >= warn))
      wrong(['judge', at, 'crit'], `The critical value must be ${judge.worse} the one to warn at.`);
    for (const [, used] of (judge.sentence ?? '').matchAll(/\{(\w+)\}/g)) {
      if (used && !names.includes(used) && !always.includes(used))
        wrong(['judge', at, 'sentence'], `There is no column ${used}.`);
      if (check.columns.some(({ name, literals }) => name === used && literals))
        wrong(['judge', at, 'sentence'], `Everybody reads a sentence, and ${used} is hidden.`);
    }
  });
});
export type OwnCheck = z.infer<typeof ownCheckSchema>;
export type OwnCheckInput = z.input<typeof ownCheckSchema>;

export function isNumber(column: Pick<OwnColumn, 'role'>): boolean {
  return column.role === 'gauge' || column.role === 'counter';
}

export const ownCheckViewSchema = z.object({
  id: z.string(),
  version: z.number(),
  enabled: z.boolean(),
  removed: z.boolean(),
  definition: ownCheckSchema,
  updatedBy: z.string(),
  updatedAt: z.string(),
  /** What was asked in this form has passed a trial lately, so it may be switched on. */
  tried: z.boolean(),
});
export type OwnCheckView = z.infer<typeof ownCheckViewSchema>;

export const ownCheckDetailSchema = ownCheckViewSchema.extend({
  versions: z.array(
    z.object({ version: z.number(), madeBy: z.string(), madeAt: z.string(), definition: ownCheckSchema }),
  ),
  /** The definition as a file. */
  yaml: z.string(),
  /** The check as pages know every check, for drawing. */
  check: checkStateSchema.omit({
    applies: true,
    level: true,
    openFindings: true,
    hiddenColumns: true,
    results: true,
  }),
});
export type OwnCheckDetail = z.infer<typeof ownCheckDetailSchema>;

export const ownCheckListSchema = z.object({ items: z.array(ownCheckViewSchema) });

export const saveOwnCheckSchema = z.object({
  definition: ownCheckSchema,
  enabled: z.boolean().default(false),
});

export const changeOwnCheckSchema = z
  .object({ definition: ownCheckSchema.optional(), enabled: z.boolean().optional() })
  .refine(
    ({ definition, enabled }) => definition !== undefined || enabled !== undefined,
    'Nothing to change.',
  );

export const tryOwnCheckSchema = z.object({
  instanceId: z.uuid('Choose a server.'),
  /** The database to ask; the maintenance database without it. */
  database: singleLine('The database', 63).optional(),
  definition: ownCheckSchema,
});

export const trialResultSchema = z.object({
  state: z.enum(['ok', 'unknown', 'timeout', 'error']),
  reason: z.string().nullable(),
  mend: z.string().nullable(),
  durationMs: z.number(),
  instanceName: z.string(),
  database: z.string(),
  rowCount: z.number(),
  /** The first 50. */
  rows: z.array(rowSchema),
  /** What would be found now; `forSeconds` is not waited for, counters are judged from the second reading on. */
  verdicts: z.array(
    z.object({ object: z.string(), level: z.enum(['warn', 'crit', 'unknown']), sentence: z.string() }),
  ),
});
export type TrialResult = z.infer<typeof trialResultSchema>;

export const trialSchema = z.object({
  id: z.string(),
  state: z.enum(['requested', 'running', 'done']),
  pool: z.string(),
  requestedAt: z.string(),
  ok: z.boolean().nullable(),
  result: trialResultSchema.nullable(),
});
export type Trial = z.infer<typeof trialSchema>;

export const importOwnChecksSchema = z.object({ yaml: z.string().min(1, 'The file is empty.').max(500_000) });

export const importedSchema = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      outcome: z.enum(['added', 'changed', 'unchanged']),
      version: z.number(),
      enabled: z.boolean(),
    }),
  ),
});

export const exportedSchema = z.object({ yaml: z.string() });
