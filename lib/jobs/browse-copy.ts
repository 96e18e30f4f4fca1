import { z } from 'zod';
import { defineJob, type StepContext } from '@/lib/engine/define-job';
import { answerText } from '@/lib/procedures/copy-answer';
import {
  countExactly,
  inCopy,
  listColumns,
  listDatabases,
  readTableFacts,
  tableRows,
} from '@/lib/procedures/copy-browse';

const input = z.object({
  copyId: z.uuid().meta({ title: 'Copy' }),
  database: z.string().min(1).max(63).optional().meta({ title: 'Database' }),
  schema: z.string().min(1).max(63).optional().meta({ title: 'Schema' }),
  table: z.string().min(1).max(63).optional().meta({ title: 'Table' }),
  exact: z.boolean().default(false).meta({ title: 'Count rows exactly' }),
});
type Input = z.infer<typeof input>;

async function look(ctx: StepContext<Input>) {
  const copy = await ctx.copy(ctx.input.copyId);
  const { database, schema, table, exact } = ctx.input;
  return inCopy(copy, database, async (session) => {
    if (database === undefined) return listDatabases(session);
    if (schema !== undefined && table !== undefined) return listColumns(session, schema, table);
    const tables = await readTableFacts(session);
    return tableRows(tables, exact ? await countExactly(session, tables, ctx.signal) : []);
  });
}

export default defineJob({
  title: 'Look into a copy',
  summary: 'Lists the databases, tables with rows and sizes, or columns of a copy. It only reads.',
  version: 1,
  risk: 'read',
  permission: 'restore-beside',
  as: 'watch',
  runsOn: 'any',
  needsServer: false,
  recovers: 'browse',
  answers: 'rows',
  locks: () => [],
  input,
  choices: { copyId: { from: 'copies' } },
  plan: async () => ({
    ...{ summary: 'Look into the copy.', params: {}, warnings: [], blockers: [], estimates: [] },
    acts: [
      { step: 'look', sql: 'select … from pg_class; -- in the copy, read only', as: 'the copy’s own user' },
    ],
  }),
  steps: [
    {
      name: 'look',
      title: 'Read its catalogue',
      safety: 'pure',
      async run(ctx: StepContext<Input>) {
        const { copyId, database = null, schema = null, table = null } = ctx.input;
        await ctx.answer({ facts: { copyId, database, schema, table }, text: answerText(await look(ctx)) });
        return {};
      },
    },
  ],
  undo: { none: 'It only reads: there is nothing to undo.' },
});
