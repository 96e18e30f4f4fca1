import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { defineJob, type PlanContext, type StepContext } from '@/lib/engine/define-job';
import {
  type ExplainMode,
  explain,
  explainStatements,
  searchPathOf,
  textOnServer,
} from '@/lib/procedures/explain-statement';
import { type ParsedStatement, parseStatement } from '@/lib/procedures/statement-parse';
import { plannableText } from '@/lib/procedures/statement-text';

const input = z.object({
  database: z.string().min(1).max(63).meta({ title: 'Database' }),
  queryid: z
    .string()
    .regex(/^-?\d{1,20}$/, 'A query id is a whole number.')
    .optional()
    .meta({ title: 'Query id', description: 'Of pg_stat_statements. Or give the text.' }),
  text: z.string().min(1).max(200_000).optional().meta({ title: 'Text' }),
  username: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .meta({ title: 'User', description: 'Names are looked up in this user’s search_path.' }),
  analyze: z.boolean().default(false).meta({
    title: 'Execute it',
    description: 'Reads only, read-only and rolled back, under the time limit.',
  }),
  values: z
    .array(z.string().max(10_000).nullable())
    .max(1_000)
    .default([])
    .meta({ title: 'Values of $1, $2 …' }),
  timeoutSeconds: z.number().int().min(1).max(60).default(10).meta({ title: 'Time limit (s)' }),
});
type Input = z.infer<typeof input>;
type Params = { text: string; mode: ExplainMode; parameters: number; isRewritten: boolean };

type Found = { text: string } | { message: string; next: string };

async function findText(ctx: PlanContext, given: Input): Promise<Found> {
  if (given.text !== undefined) return { text: given.text };
  if (given.queryid === undefined) {
    return { message: 'Neither a query id nor a text was given.', next: 'Give one of them.' };
  }
  const session = await ctx.connect('watch');
  try {
    const text = await textOnServer(session, { database: given.database, queryid: given.queryid });
    if (text !== undefined) return { text };
  } finally {
    await session.close();
  }
  return {
    message: 'The server has forgotten the text of this statement (evicted or reset).',
    next: 'Give its text instead.',
  };
}

/** What speaks against executing it, before the server is asked. */
function whyNotAnalyzed(given: Input, statement: ParsedStatement, parameters: number): string | undefined {
  if (statement.writes) return `${statement.writes} A statement that does more than read is planned only.`;
  if (given.values.length === parameters) return undefined;
  return `It has ${parameters} parameters and ${given.values.length} values were given.`;
}

export default defineJob({
  title: 'Plan of a statement',
  summary:
    'Asks the planner how it would run a statement. Reads can be executed for their true times, in a read-only transaction.',
  version: 1,
  risk: 'read',
  permission: 'statement-literals',
  as: 'watch',
  runsOn: 'any',
  locks: () => [],
  input,
  choices: { database: { from: 'databases' } },
  answers: 'statement-plan',
  async plan(ctx, given) {
    const nothing = { summary: 'Plan a statement.', acts: [], warnings: [], estimates: [] };
    const none: Params = { text: '', mode: 'given', parameters: 0, isRewritten: false };
    const blocked = (message: string, next: string) => ({
      ...nothing,
      params: none,
      blockers: [{ message, next }],
    });
    const found = await findText(ctx, given);
    if (!('text' in found)) return blocked(found.message, found.next);
    const { text, isRewritten, parameters, isOne } = await plannableText(found.text).catch(
      (error: unknown) => {
        throw new PlumblineError('bad-input', 'The text has a string or a comment that does not end.', {
          next: 'It may have been cut. Give the whole text.',
          cause: error,
        });
      },
    );
    const parsed = await parseStatement(text);
    if ('refusal' in parsed || !isOne) {
      const reason = 'refusal' in parsed ? parsed.refusal : 'The text holds more than one statement.';
      return blocked(reason, 'Give the text of one statement that reads or writes rows.');
    }
    const why = given.analyze ? whyNotAnalyzed(given, parsed.statement, parameters) : undefined;
    if (why) return blocked(why, 'Look at its plan without executing it, or give what is missing.');
    const mode: ExplainMode = given.analyze ? 'analyzed' : parameters > 0 ? 'generic' : 'given';
    const { serverVersionNum } = ctx.target;
    const statements = explainStatements({ text, mode, parameters, serverVersionNum });
    return {
      ...nothing,
      summary: `${given.analyze ? 'Execute' : 'Plan'} a ${parsed.statement.kind} in ${given.database}.`,
      acts: statements.map((sql) => ({ step: 'explain', sql, as: 'watch' })),
      params: { text, mode, parameters, isRewritten },
      blockers: [],
    };
  },
  steps: [
    {
      name: 'explain',
      title: 'Ask the planner',
      safety: 'pure',
      async run(ctx: StepContext<Input, Params>) {
        const { database, username, timeoutSeconds, values } = ctx.input;
        const { text, mode, parameters, isRewritten } = ctx.params;
        const parsed = await parseStatement(text);
        if ('refusal' in parsed) throw new PlumblineError('conflict', parsed.refusal);
        const { serverVersionNum } = ctx.target;
        const session = await ctx.connect('watch', database);
        const searchPath = await searchPathOf(session, username);
        const explained = await explain(session, {
          ...{ text, mode, parameters, values, searchPath, serverVersionNum },
          statement: parsed.statement,
          timeoutMs: timeoutSeconds * 1000,
        });
        const refusal = 'refusal' in explained ? { ...explained.refusal } : null;
        await ctx.answer({
          facts: {
            ...{ database, mode, parameters, isRewritten, searchPath, serverVersionNum, refusal },
            kind: parsed.statement.kind,
            statement: text.slice(0, 20_000),
            durationMs: 'durationMs' in explained ? explained.durationMs : null,
          },
          ...('plan' in explained && { text: explained.plan }),
        });
        return {};
      },
    },
  ],
  undo: { none: 'It only reads: there is nothing to undo.' },
});
