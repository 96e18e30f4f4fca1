import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import {
  defineJob,
  type PlanContext,
  type Purpose,
  type Session,
  type StepContext,
} from '@/lib/engine/define-job';
import { HypoPg } from '@/lib/procedures/advice-proof';
import { adviceFacts, adviseIndexes } from '@/lib/procedures/advise-indexes';
import { connectForPlan } from '@/lib/procedures/dump-plan';

interface Input {
  database: string;
  hours: number;
  statements: number;
}
type Params = { login: Purpose };
type Context = StepContext<Input, Params>;

const readWorkload = (ctx: PlanContext, { database, hours, statements }: Input) =>
  ctx.workload({ database, hours, limit: statements });

/**
 * EXPLAIN asks for the rights of the statement itself: the operate login, a member of the owners, has them; the watch
 * login mostly lacks them. Which one is there is seen by trying.
 */
async function openBest(ctx: PlanContext, database: string): Promise<{ session: Session; login: Purpose }> {
  try {
    return { session: await connectForPlan(ctx, 'operate', database), login: 'operate' };
  } catch (error) {
    if (!(error instanceof PlumblineError) || error.code !== 'not-found') throw error;
    return { session: await ctx.connect('watch', database), login: 'watch' };
  }
}

export default defineJob({
  title: 'Advise indexes',
  summary:
    'Reads the heaviest statements of a database and finds indexes that they would use. Each is proven by the planner’s cost of every statement on its table, without and with the index, before anybody builds it.',
  version: 1,
  risk: 'low',
  permission: 'maintain',
  as: 'watch',
  // Only the primary counts the writes that an index would cost and when its tables were analyzed; and the planner of a
  // standby goes by settings of its own, so a cost there proves nothing for the statements of the primary.
  runsOn: 'primary',
  locks: (input, target) => [`advise:${target.clusterId}:${input.database}`],
  input: z.object({
    database: z.string().min(1).max(63).meta({ title: 'Database' }),
    hours: z.int().min(1).max(720).default(168).meta({
      title: 'Statements of the last (hours)',
      description: 'As the console has collected them from all servers of the cluster.',
    }),
    statements: z.int().min(1).max(500).default(100).meta({
      title: 'Statements',
      description: 'That many, those that took the most time.',
    }),
  }),
  choices: { database: { from: 'databases' } },
  shows: 'index-advice',
  async plan(ctx, input: Input) {
    const { session, login } = await openBest(ctx, input.database);
    try {
      const workload = await readWorkload(ctx, input);
      const hypo = await HypoPg.open(session, ctx.target.serverVersionNum);
      const warnings: string[] = [];
      if ('reason' in hypo) warnings.push(`${hypo.reason} To mend it: ${hypo.mend}`);
      if (login === 'watch') {
        warnings.push(
          'The server has no operate login: statements on tables that the watch login may not read cannot be planned, and the result names the GRANT.',
        );
      }
      const params: Params = { login };
      return {
        summary: `Find and prove indexes for the ${workload.length} heaviest statements of “${input.database}” on ${ctx.target.instanceName}. Nothing is created.`,
        acts: [
          {
            step: 'advise',
            sql: 'explain (format json) …  -- each statement, planned only',
            as: `login ${login}`,
          },
          {
            step: 'advise',
            sql: 'select hypopg_create_index(…)  -- seen by the planner of this session only',
            as: `login ${login}`,
          },
        ],
        params,
        warnings,
        blockers:
          workload.length > 0
            ? []
            : [
                {
                  message: `No statement of “${input.database}” was collected in the last ${input.hours} hours.`,
                  next: 'Look on the page of the statements why there are none, or take a longer time.',
                },
              ],
        estimates: [{ label: 'Statements', value: workload.length, unit: 'count' }],
      };
    } finally {
      await session.close();
    }
  },
  steps: [
    {
      name: 'advise',
      title: 'Find and prove',
      safety: 'idempotent',
      async run(ctx: Context) {
        const { database } = ctx.input;
        const workload = await readWorkload(ctx, ctx.input);
        const session = await ctx.connect(ctx.params.login, database);
        try {
          const result = await adviseIndexes(session, {
            workload,
            serverVersionNum: ctx.target.serverVersionNum,
            signal: ctx.signal,
            progress: ctx.progress,
          });
          const proven = result.advice.filter((each) => each.proven).length;
          ctx.log(
            'info',
            `${result.statements} statements read, ${result.planned} of ${result.relevant} on larger tables planned, ${result.candidates} indexes considered, ${proven} proven.`,
          );
          await ctx.evidence({
            type: 'index-advice',
            verdict: result.unproven || result.refused.length > 0 ? 'partial' : 'info',
            title: 'Advised indexes',
            database,
            facts: adviceFacts(database, result),
          });
          return { advised: result.advice.length, proven, planned: result.planned };
        } finally {
          await session.close();
        }
      },
    },
  ],
  undo: { none: 'Nothing was created: hypothetical indexes end with the session that made them.' },
  schedulable: true,
});
