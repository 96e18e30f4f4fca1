import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import {
  type DumpEscrowContext,
  planDumpEscrowDrill,
  reportDumpEscrowDrill,
  runDumpEscrowDrill,
} from '@/lib/procedures/dump-escrow-drill';

export default defineJob({
  title: 'Drill an uploaded dump with the kept copy of its key',
  summary:
    'You type the key of dumps from where it is kept. The dump is brought from its storage, decrypted with it and with no other key, restored into a scratch server and checked: then object and copy are enough on the day when the console is gone.',
  version: 1,
  risk: 'low',
  permission: 'drill',
  as: 'watch',
  runsOn: 'any',
  needsServer: false,
  locks: (_input, target) => [`drill:${target.clusterId}`],
  input: z.object({
    backupId: z.uuid().meta({ title: 'Uploaded dump' }),
    storageId: z
      .uuid()
      .optional()
      .meta({ title: 'Storage', description: 'The first that has it when none is chosen.' }),
    keptKey: z.uuid().meta({
      title: 'Kept copy of its key',
      description:
        'PLBK1 and nine groups, from the safe, not from this console. It is sealed to the workers at once, for this plan and its run alone, and gone with its end or in half an hour.',
    }),
    jobs: z.int().min(1).max(8).default(2).meta({ title: 'Parallel jobs' }),
  }),
  choices: {
    backupId: { from: 'uploads' },
    storageId: { from: 'storages' },
    keptKey: { from: 'typed-copy', of: 'dump-key', by: 'backupId' },
  },
  plan: planDumpEscrowDrill,
  steps: [
    {
      name: 'drill',
      title: 'Bring it back with the typed copy, restore it into a scratch server and check it',
      safety: 'idempotent',
      run: (ctx: DumpEscrowContext) => runDumpEscrowDrill(ctx),
    },
    {
      name: 'report',
      title: 'Store the verdict',
      safety: 'idempotent',
      run: (ctx: DumpEscrowContext) => reportDumpEscrowDrill(ctx),
    },
  ],
  undo: { none: 'The dump, the scratch server and what was typed are gone when the run ends.' },
  shows: 'dump-escrow',
});
