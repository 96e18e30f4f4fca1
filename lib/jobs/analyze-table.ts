import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { defineJob, type Session, type StepContext } from '@/lib/engine/define-job';
import { qualified } from '@/lib/instance/quote';

const input = z.object({
  database: z.string().min(1).max(63).meta({ title: 'Database' }),
  schema: z.string().min(1).max(63).meta({ title: 'Schema' }),
  table: z.string().min(1).max(63).meta({ title: 'Table' }),
});
type Input = z.infer<typeof input>;
type Params = { oid: string };
type Context = StepContext<Input, Params>;

const deadlineMs = 600_000;

const statementOf = ({ schema, table }: Input) => `analyze ${qualified(schema, table)}`;

/** The table's oid and when it was last analyzed; undefined when there is no such table. */
async function readTable(
  session: Session,
  { schema, table }: Input,
): Promise<{ oid: string; analyzedAt: string | null } | undefined> {
  const [row] = await session.query(
    `select c.oid::text as oid,
       greatest(s.last_analyze, s.last_autoanalyze)::text as analyzed_at
     from pg_class as c
     join pg_namespace as n on n.oid = c.relnamespace
     left join pg_stat_all_tables as s on s.relid = c.oid
     where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'm')`,
    [schema, table],
  );
  return row && { oid: String(row.oid), analyzedAt: row.analyzed_at as string | null };
}

async function note(ctx: Context, session: Session, phase: 'before' | 'after'): Promise<void> {
  const found = await readTable(session, ctx.input);
  if (found?.oid !== ctx.params.oid) {
    throw new PlumblineError('conflict', 'Another table has this name since the plan was made.', {
      next: 'Plan again.',
    });
  }
  await ctx.evidence({
    type: 'table-statistics',
    verdict: phase === 'after' ? 'pass' : 'info',
    title: 'Age of the statistics',
    database: ctx.input.database,
    phase,
    facts: { schema: ctx.input.schema, table: ctx.input.table, analyzedAt: found.analyzedAt },
  });
}

export default defineJob({
  title: 'Analyze a table',
  summary: 'Reads a sample of one table, so that the planner knows what is in it now.',
  version: 1,
  risk: 'low',
  permission: 'maintain',
  as: 'operate',
  runsOn: 'primary',
  locks: ({ database, schema, table }, target) => [
    `analyze-table:${target.clusterId}:${JSON.stringify([database, schema, table])}`,
  ],
  input,
  choices: { database: { from: 'databases' } },
  async plan(ctx, given) {
    const session = await ctx.connect('operate', given.database);
    try {
      const found = await readTable(session, given);
      return {
        summary: `Analyze ${given.schema}.${given.table} in ${given.database}.`,
        acts: [{ step: 'analyze', sql: statementOf(given), as: 'operate' }],
        params: { oid: found?.oid ?? '' },
        warnings: [],
        blockers: found
          ? []
          : [{ message: 'There is no such table.', next: 'Choose another schema or table.' }],
        estimates: [],
      };
    } finally {
      await session.close();
    }
  },
  steps: [
    {
      name: 'analyze',
      title: 'Analyze the table',
      safety: 'idempotent',
      async run(ctx: Context) {
        const session = await ctx.connect('operate', ctx.input.database);
        try {
          await note(ctx, session, 'before');
          await session.query(statementOf(ctx.input), [], { deadlineMs });
          await note(ctx, session, 'after');
        } finally {
          await session.close();
        }
        return {};
      },
    },
  ],
  undo: { none: 'Newer statistics replace the older ones; the next analyze replaces them in turn.' },
  schedulable: true,
});
