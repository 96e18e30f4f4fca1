import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { defineJob, type StepContext } from '@/lib/engine/define-job';
import { answerText } from '@/lib/procedures/copy-answer';
import { inCopy } from '@/lib/procedures/copy-browse';
import { askCopy } from '@/lib/procedures/copy-query';
import { parseStatement } from '@/lib/procedures/statement-parse';

const input = z.object({
  copyId: z.uuid().meta({ title: 'Copy' }),
  database: z.string().min(1).max(63).meta({ title: 'Database' }),
  text: z.string().min(1).max(50_000).meta({ title: 'Statement', description: 'One that only reads.' }),
  timeoutSeconds: z.int().min(1).max(60).default(15).meta({ title: 'Time limit (s)' }),
});
type Input = z.infer<typeof input>;

export default defineJob({
  title: 'Ask a copy',
  summary: 'Runs one statement that only reads on a copy, in a read-only transaction with a time limit.',
  version: 1,
  risk: 'read',
  permission: 'statement-literals',
  as: 'watch',
  runsOn: 'any',
  needsServer: false,
  recovers: 'ask',
  answers: 'rows',
  locks: () => [],
  input,
  choices: { copyId: { from: 'copies' } },
  async plan(_ctx, { database, text }) {
    const parsed = await parseStatement(text);
    const why = 'refusal' in parsed ? parsed.refusal : parsed.statement.writes;
    return {
      summary: `Ask the copy’s ${database}.`,
      acts: [{ step: 'ask', sql: text, as: 'pg_read_all_data, in the copy' }],
      params: {},
      warnings: [],
      blockers: why ? [{ message: why, next: 'Give one select.' }] : [],
      estimates: [],
    };
  },
  steps: [
    {
      name: 'ask',
      title: 'Run the statement',
      safety: 'pure',
      async run(ctx: StepContext<Input>) {
        const { copyId, database, text, timeoutSeconds } = ctx.input;
        const parsed = await parseStatement(text);
        if ('refusal' in parsed) throw new PlumblineError('bad-input', parsed.refusal);
        const { statement } = parsed;
        const asked = await inCopy(await ctx.copy(copyId), database, (session) =>
          askCopy(session, { text, statement, timeoutMs: timeoutSeconds * 1000 }),
        );
        if ('refusal' in asked) {
          throw new PlumblineError('bad-input', `It is not executed. ${asked.refusal}`, {
            next: 'Ask for the columns themselves.',
          });
        }
        await ctx.answer({ facts: { copyId, database }, text: answerText(asked.answer) });
        return {};
      },
    },
  ],
  undo: { none: 'It only reads: there is nothing to undo.' },
});
