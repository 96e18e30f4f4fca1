import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import { type CopyContext, openCopy, planCopy, restoreCopy } from '@/lib/procedures/physical-copy';
import { targetFields } from '@/lib/procedures/recovery-target';

export default defineJob({
  title: 'Open a copy at a moment',
  summary:
    'Restores the whole server beside, recovered to a moment, as a copy that only this console reaches: to look at, compare and take tables from.',
  version: 1,
  risk: 'low',
  permission: 'restore-beside',
  as: 'backup',
  runsOn: 'primary',
  needsServer: false,
  where: 'drills',
  recovers: 'copy',
  locks: () => [],
  input: z.object({
    ...targetFields,
    backupId: z.uuid().optional().meta({
      title: 'Backup',
      description: 'The newest one that ended before the moment when none is chosen.',
    }),
    repository: z.int().min(1).max(8).default(1).meta({ title: 'Repository' }),
    timeline: z.int().min(1).optional().meta({
      title: 'Timeline',
      description: 'The server’s present one unless said.',
    }),
    hours: z.int().min(1).max(720).default(24).meta({
      title: 'Keep for hours',
      description: 'Then its server is stopped and its files are removed.',
    }),
  }),
  choices: { backupId: { from: 'backups', type: 'physical' } },
  plan: planCopy,
  steps: [
    {
      name: 'restore',
      title: 'Restore and recover to the moment',
      safety: 'idempotent',
      run: (ctx: CopyContext) => restoreCopy(ctx),
      cleanUp: (ctx: CopyContext) => ctx.copies.discard(),
    },
    {
      name: 'open',
      title: 'Start its server',
      safety: 'idempotent',
      run: (ctx: CopyContext) => openCopy(ctx),
      cleanUp: (ctx: CopyContext) => ctx.copies.discard(),
    },
  ],
  undo: {
    job: 'close-copy',
    label: 'Close the copy',
    input: (outputs) => ({ copyId: outputs.open?.copyId ?? null }),
  },
});
