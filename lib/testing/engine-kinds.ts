import { appendFileSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { type AnyJob, defineJob } from '@/lib/engine/define-job';

/**
 * Job kinds of the engine's own tests: a step of every safety, each leaving a line in a file of effects that outlives
 * processes, so that a test can count what has really happened.
 */
const input = z.object({
  /** A file that every effect is appended to. */
  effects: z.string(),
  /** Runs with the same key wait for each other. */
  lock: z.string().default(''),
  /** How long the child of the long step sleeps. */
  childSeconds: z.number().default(0),
  /** The step that throws. */
  failAt: z.string().default(''),
  /** Read when it is planned: a change of the file changes the plan. */
  planFile: z.string().default(''),
  scratchServer: z.boolean().default(false),
});
type Input = z.infer<typeof input>;

function effect(ctx: { input: Input; runId: string; epoch: number }, step: string): void {
  if (ctx.input.failAt === step) throw new Error(`${step} was told to fail`);
  appendFileSync(ctx.input.effects, `${ctx.runId} ${step} ${ctx.epoch}\n`);
}

function hasEffect(ctx: { input: Input; runId: string }, step: string): boolean {
  return readFileSync(ctx.input.effects, 'utf8').includes(`${ctx.runId} ${step} `);
}

/** The steps in order, by name: tests name failpoints by them. */
export const engineSteps = ['look', 'copy', 'wait', 'publish', 'charge', 'note'] as const;

const everySafety = defineJob({
  title: 'Every safety',
  summary: 'Has a step of every safety.',
  version: 1,
  risk: 'low',
  permission: 'maintain',
  as: 'operate',
  runsOn: 'primary',
  schedulable: true,
  locks: (of) => (of.lock ? [of.lock] : []),
  input,
  plan: async (ctx, of) => ({
    summary: `Test on ${ctx.target.instanceName}`,
    acts: [{ step: 'charge', sql: of.planFile ? readFileSync(of.planFile, 'utf8') : 'select 1' }],
    params: {},
    warnings: [],
    blockers: [],
    estimates: [{ label: 'changes each time', value: Date.now(), unit: 'count' }],
  }),
  steps: [
    {
      name: 'look',
      title: 'Look',
      safety: 'pure',
      run: async (ctx) => {
        const session = await ctx.connect('operate');
        const [row] = await session.query('select 1 as one');
        effect(ctx, 'look');
        ctx.log('info', 'looked with password=very-secret-word');
        return { one: row?.one ?? null };
      },
    },
    {
      name: 'copy',
      title: 'Copy',
      safety: 'idempotent',
      run: async (ctx) => {
        effect(ctx, 'copy');
        ctx.progress(1, 2, 'halves');
        if (ctx.input.scratchServer) {
          const server = await ctx.scratchCluster({
            major: Math.floor(ctx.target.serverVersionNum / 10_000),
          });
          const session = await server.connect();
          await session.query('select 1');
        }
        return {};
      },
      cleanUp: async (ctx) => appendFileSync(ctx.input.effects, `${ctx.runId} cleaned ${ctx.epoch}\n`),
    },
    {
      name: 'wait',
      title: 'Wait for a child',
      safety: 'idempotent',
      run: async (ctx) => {
        if (ctx.input.childSeconds > 0) {
          await ctx.tool({ program: 'sleep', args: [String(ctx.input.childSeconds)] });
        }
        effect(ctx, 'wait');
        return {};
      },
    },
    {
      name: 'publish',
      title: 'Publish',
      safety: 'probeable',
      run: async (ctx) => {
        effect(ctx, 'publish');
        return { by: ctx.epoch };
      },
      probe: async (ctx) => (hasEffect(ctx, 'publish') ? { by: 'an earlier epoch' } : undefined),
    },
    {
      name: 'charge',
      title: 'Charge',
      safety: 'once',
      run: async (ctx) => {
        effect(ctx, 'charge');
        return { charged: true };
      },
    },
    {
      name: 'note',
      title: 'Note',
      safety: 'idempotent',
      run: async (ctx) => {
        effect(ctx, 'note');
        await ctx.evidence({ type: 'test', verdict: 'pass', title: 'It happened', facts: ctx.outputs });
        return {};
      },
    },
  ],
  undo: { none: 'It is a test.' },
});

/** One long child that may go on while its lease is lost, as a restore would. */
const longChild = defineJob({
  title: 'Long child',
  summary: 'Has a child that outlives a blip of the console database.',
  version: 1,
  risk: 'low',
  permission: 'maintain',
  as: 'operate',
  runsOn: 'primary',
  locks: () => [],
  input,
  plan: async () => ({
    summary: 'A long child',
    acts: [{ step: 'restore', argv: ['sleep'] }],
    params: {},
    warnings: [],
    blockers: [],
    estimates: [],
  }),
  steps: [
    {
      name: 'restore',
      title: 'Restore',
      safety: 'once',
      onLeaseLost: 'continue',
      run: async (ctx) => {
        appendFileSync(ctx.input.effects, `${ctx.runId} began ${ctx.epoch}\n`);
        const result = await ctx.tool({ program: 'sleep', args: [String(ctx.input.childSeconds)] });
        effect(ctx, 'restore');
        return { exitCode: result.exitCode };
      },
    },
  ],
  undo: { none: 'It is a test.' },
});

/** A child that a later worker adopts: it says who it is and how often one was started. */
const adoptable = defineJob({
  ...longChild,
  title: 'Adoptable child',
  steps: [
    {
      name: 'restore',
      title: 'Restore',
      safety: 'probeable',
      onLeaseLost: 'continue',
      probe: async () => undefined,
      run: async (ctx) => {
        const { childSeconds } = ctx.input;
        const script = `echo $$ >> started; sleep ${childSeconds}; echo $$; wc -l < started; exit 3`;
        const args = ['-c', `cd ${ctx.runDir}; ${script}`];
        const result = await ctx.tool({ program: 'sh', args });
        effect(ctx, 'restore');
        const [pid, starts] = result.stdoutTail.trim().split('\n').map(Number);
        return { exitCode: result.exitCode, pid: pid ?? null, starts: starts ?? null };
      },
    },
  ],
});

export const engineKinds: Record<string, AnyJob> = {
  'every-safety': everySafety as unknown as AnyJob,
  'long-child': longChild as unknown as AnyJob,
  adoptable: adoptable as unknown as AnyJob,
};
