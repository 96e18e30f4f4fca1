import { z } from 'zod';
import { formatBytes } from '@/lib/base/format';
import { defineJob, type PlanContext, type PlanDraft, type StepContext } from '@/lib/engine/define-job';
import { measureAll, measureSql, pgstattupleOf } from '@/lib/procedures/bloat-measure';
import { readSuspects, withinBudget } from '@/lib/procedures/bloat-suspects';
import { connectForPlan } from '@/lib/procedures/dump-plan';

const input = z.object({
  database: z.string().min(1).max(63).meta({ title: 'Database' }),
  budgetMiB: z.int().min(1).max(1_048_576).default(10_240).meta({
    title: 'Read at most (MiB)',
    description: 'The biggest suspects come first; what does not fit is left for another run.',
  }),
  readMiBPerSecond: z.int().min(1).max(10_000).default(50).meta({
    title: 'No faster than (MiB per second)',
    description: 'It pauses between two files so that the applications keep the disk.',
  }),
});
type Input = z.infer<typeof input>;
type Params = { extensionSchema: string };
type Context = StepContext<Input, Params>;

const mebibyte = 1024 * 1024;
/** More than this a person does not read; the rest stands in the evidence. */
const shownAtMost = 50;

function extensionBlockers(state: 'missing' | 'refused', database: string): PlanDraft['blockers'] {
  if (state === 'missing') {
    return [
      {
        message: `The extension pgstattuple is not there in ${database}.`,
        next: 'A superuser runs in this database: create extension pgstattuple;',
      },
    ];
  }
  return [
    {
      message: 'The watch login may not call pgstattuple.',
      next: 'Run the GRANT script of the watch login (pg_monitor holds pg_stat_scan_tables), and grant it usage on the extension’s schema.',
    },
  ];
}

async function plan(ctx: PlanContext, given: Input): Promise<PlanDraft<Params>> {
  const session = await connectForPlan(ctx, 'watch', given.database);
  try {
    const extension = await pgstattupleOf(session);
    const suspects = await readSuspects(session);
    const budgetBytes = given.budgetMiB * mebibyte;
    const chosen = withinBudget(suspects, budgetBytes);
    const readBytes = chosen.reduce((sum, { bytes }) => sum + bytes, 0);
    const schema = extension.state === 'ready' ? extension.schema : '';
    const statements = schema ? measureSql(schema) : undefined;
    const left = suspects.length - chosen.length;
    return {
      summary: `Measure the dead space of ${chosen.length} files in ${given.database} on ${ctx.target.instanceName}, reading ${formatBytes(readBytes)} at most.`,
      acts: statements
        ? [
            { step: 'measure', sql: statements.table, as: 'login watch, for each table and its TOAST' },
            { step: 'measure', sql: statements.index, as: 'login watch, for each btree index' },
          ]
        : [],
      params: { extensionSchema: schema },
      warnings:
        left > 0
          ? [`${left} files do not fit the budget of ${formatBytes(budgetBytes)} and are left out.`]
          : [],
      blockers: extension.state === 'ready' ? [] : extensionBlockers(extension.state, given.database),
      estimates: [
        { label: 'Files', value: chosen.length, unit: 'count' },
        {
          label: 'Read at most',
          value: readBytes,
          unit: 'bytes',
          note: 'pages known to be all visible are skipped',
        },
        {
          label: 'Duration',
          value: readBytes / (given.readMiBPerSecond * mebibyte),
          unit: 'seconds',
          note: 'at the given speed',
        },
      ],
      tables: [
        {
          title: 'The biggest suspects, which come first',
          columns: ['Schema', 'Table', 'Index', 'Part', 'Size', 'Estimated dead space'],
          rows: chosen
            .slice(0, shownAtMost)
            .map(({ schema: of, table, index, part, bytes, estimatedBytes }) => [
              of,
              table,
              index,
              part,
              formatBytes(bytes),
              estimatedBytes === null ? 'not known' : formatBytes(estimatedBytes),
            ]),
        },
      ],
    };
  } finally {
    await session.close();
  }
}

async function measure(ctx: Context) {
  const { database, budgetMiB, readMiBPerSecond } = ctx.input;
  const session = await ctx.connect('watch', database);
  try {
    const suspects = withinBudget(await readSuspects(session), budgetMiB * mebibyte);
    const { measured, skipped } = await measureAll({
      session,
      suspects,
      extensionSchema: ctx.params.extensionSchema,
      bytesPerSecond: readMiBPerSecond * mebibyte,
      signal: ctx.signal,
      onObject: (done, bytes, what) => {
        ctx.progress(done, suspects.length, `${what}, ${formatBytes(bytes)} read so far`);
        ctx.log('info', `${what} is done; ${formatBytes(bytes)} read so far.`);
      },
    });
    await ctx.evidence({
      type: 'measured-bloat',
      verdict: 'info',
      title: 'Measured dead space',
      database,
      facts: {
        readBytes: measured.reduce((sum, { bytes }) => sum + bytes, 0),
        deadBytes: measured.reduce((sum, { bloatBytes }) => sum + bloatBytes, 0),
        measured,
        skipped: skipped.map((each) => ({ ...each })),
      },
    });
    // What was measured before a cancel is kept; the run is cancelled all the same.
    ctx.signal.throwIfAborted();
    return { files: measured.length, skipped: skipped.length };
  } finally {
    await session.close();
  }
}

export default defineJob({
  title: 'Measure bloat',
  summary:
    'Reads tables and btree indexes to find out exactly how much of them is dead space, the biggest suspects first.',
  version: 1,
  risk: 'low',
  permission: 'maintain',
  as: 'watch',
  // A standby's files are the primary's, block by block: what it measures there is true of both.
  runsOn: 'any',
  prefers: 'analytics',
  locks: ({ database }, target) => [`measure-bloat:${target.clusterId}:${database}`],
  input,
  choices: { database: { from: 'databases' } },
  plan,
  steps: [{ name: 'measure', title: 'Measure one file after the other', safety: 'idempotent', run: measure }],
  undo: { none: 'It only reads.' },
  schedulable: true,
});
