import { z } from 'zod';
import { defineJob, type StepContext } from '@/lib/engine/define-job';

type Input = { copyId: string };

export default defineJob({
  title: 'Close a copy',
  summary:
    'Stops the server of a restored copy and removes its files; the source and its backups are not touched.',
  version: 1,
  risk: 'low',
  permission: 'restore-beside',
  as: 'backup',
  runsOn: 'any',
  needsServer: false,
  where: 'drills',
  recovers: 'close',
  locks: (input) => [`copy:${input.copyId}`],
  input: z.object({ copyId: z.uuid().meta({ title: 'Copy' }) }),
  choices: { copyId: { from: 'copies' } },
  plan: async (ctx, { copyId }) => ({
    summary: `Stop the copy ${copyId} on ${ctx.workerName} and remove its files.`,
    acts: [{ step: 'close', argv: ['rm', '-r', `{workDir}/copies/${copyId}`], as: 'the worker' }],
    params: { copyId },
    warnings: ['What was written into the copy is lost with it.'],
    blockers: [],
    estimates: [],
  }),
  steps: [
    {
      name: 'close',
      title: 'Stop its server and remove its files',
      safety: 'idempotent',
      async run(ctx: StepContext<Input>) {
        await ctx.copies.close(ctx.input.copyId);
        return { copyId: ctx.input.copyId };
      },
    },
  ],
  undo: { none: 'The files are gone; open another copy at the same moment.' },
});
