import { appendFileSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { type AnyJob, defineJob, type StepContext, type StepSafety } from '@/lib/engine/define-job';

/** What a step does before its effect: a child process, or a scratch cluster of the run. */
export const drawnWork = ['nothing', 'child', 'cluster'] as const;

const input = z.object({
  /** A file that every attempt and every effect is appended to: `run step-begun epoch`, `run step epoch`. */
  effects: z.string(),
  /** One for each step. */
  work: z.array(z.enum(drawnWork)),
  /** How long a child of the first epoch lives unless it is ended; those of later ones are short. */
  firstChildSeconds: z.number(),
});
type Input = z.infer<typeof input>;

export const drawnSafeties: readonly StepSafety[] = ['pure', 'idempotent', 'probeable', 'once'];
export const mostDrawnSteps = 4;
const laterChildSeconds = 0.05;

/** The kind whose steps have these safeties, in this order. */
export function drawnKind(safeties: readonly StepSafety[]): string {
  return `drawn-${safeties.join('-')}`;
}

/** A step's name says its place and safety: `2-once`. */
export function drawnStepNames(safeties: readonly StepSafety[]): string[] {
  return safeties.map((safety, place) => `${place}-${safety}`);
}

function hasEffect(ctx: { input: Input; runId: string }, step: string): boolean {
  return readFileSync(ctx.input.effects, 'utf8').includes(`${ctx.runId} ${step} `);
}

function define(safeties: readonly StepSafety[]) {
  const names = drawnStepNames(safeties);
  return defineJob({
    title: 'Drawn',
    summary: 'Has steps whose order and safeties a test has drawn.',
    version: 1,
    risk: 'low',
    permission: 'maintain',
    as: 'operate',
    runsOn: 'primary',
    locks: (_of, target) => [`${target.clusterId} ${safeties.join(' ')}`],
    input,
    plan: async () => ({
      summary: 'Drawn steps',
      acts: names.map((step) => ({ step, sql: 'select 1' })),
      params: {},
      warnings: [],
      blockers: [],
      estimates: [],
    }),
    steps: names.map((name, place) => ({
      name,
      title: name,
      safety: safeties[place] ?? 'once',
      run: async (ctx: StepContext<Input>) => {
        const note = (what: string) =>
          appendFileSync(ctx.input.effects, `${ctx.runId} ${what} ${ctx.epoch}\n`);
        note(`${name}-begun`);
        const work = ctx.input.work[place];
        if (work === 'child') {
          const seconds = ctx.epoch === 1 ? ctx.input.firstChildSeconds : laterChildSeconds;
          // Its environment names the run's directory, so that a test can find it among all processes.
          await ctx.tool({ program: 'sleep', args: [String(seconds)], env: { TMPDIR: ctx.runDir } });
        } else if (work === 'cluster') {
          const major = Math.floor(ctx.target.serverVersionNum / 10_000);
          const session = await (await ctx.scratchCluster({ major })).connect();
          await session.query('select 1');
        }
        note(name);
        return {};
      },
      ...(safeties[place] === 'probeable' && {
        probe: async (ctx: StepContext<Input>) => (hasEffect(ctx, name) ? {} : undefined),
      }),
    })),
    undo: { none: 'It is a test.' },
  });
}

/** Every sequence of safeties up to a length, shortest first. */
function sequences(length: number): StepSafety[][] {
  if (length === 0) return [[]];
  const shorter = sequences(length - 1);
  const longest = shorter.filter((sequence) => sequence.length === length - 1);
  return [...shorter, ...longest.flatMap((start) => drawnSafeties.map((safety) => [...start, safety]))];
}

/** A kind for every order of up to four steps: processes know them all before one is drawn. */
export const drawnKinds: Record<string, AnyJob> = Object.fromEntries(
  sequences(mostDrawnSteps)
    .filter((safeties) => safeties.length > 0)
    .map((safeties) => [drawnKind(safeties), define(safeties) as unknown as AnyJob]),
);
