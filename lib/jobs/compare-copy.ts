import { z } from 'zod';
import { defineJob, type StepContext } from '@/lib/engine/define-job';
import { answerText } from '@/lib/procedures/copy-answer';
import { inCopy } from '@/lib/procedures/copy-browse';
import { compareTables } from '@/lib/procedures/copy-compare';

const input = z.object({
  copyId: z.uuid().meta({ title: 'Copy' }),
  database: z.string().min(1).max(63).meta({ title: 'Database' }),
  schema: z.string().min(1).max(63).optional().meta({ title: 'Schema' }),
  table: z.string().min(1).max(63).optional().meta({ title: 'Table' }),
  exact: z.boolean().default(false).meta({
    title: 'Count rows exactly',
    description: 'Reads the tables of both whole, for a minute at most.',
  }),
});
type Input = z.infer<typeof input>;

export default defineJob({
  title: 'Compare a copy with the live database',
  summary:
    'Shows which tables are gone, new, emptied or built differently since the copy’s moment. It only reads.',
  version: 1,
  risk: 'read',
  permission: 'restore-beside',
  as: 'backup',
  runsOn: 'any',
  recovers: 'compare',
  answers: 'rows',
  locks: () => [],
  input,
  choices: { copyId: { from: 'copies' }, database: { from: 'databases' } },
  plan: async (_ctx, { database }) => ({
    ...{
      summary: `Compare the copy with ${database}.`,
      params: {},
      warnings: [],
      blockers: [],
      estimates: [],
    },
    acts: [
      {
        step: 'compare',
        sql: 'select … from pg_class; -- in the copy and live, read only',
        as: 'login backup',
      },
    ],
  }),
  steps: [
    {
      name: 'compare',
      title: 'Read both catalogues',
      safety: 'pure',
      async run(ctx: StepContext<Input>) {
        const { copyId, database, schema, table, exact } = ctx.input;
        const live = await ctx.connect('backup', database);
        const only: [string, string] | undefined =
          schema !== undefined && table !== undefined ? [schema, table] : undefined;
        const answer = await inCopy(await ctx.copy(copyId), database, (session) =>
          compareTables(session, live, { ...(only && { only }), exact, signal: ctx.signal }),
        );
        await live.close();
        await ctx.answer({ facts: { copyId, database }, text: answerText(answer) });
        return {};
      },
    },
  ],
  undo: { none: 'It only reads: there is nothing to undo.' },
});
