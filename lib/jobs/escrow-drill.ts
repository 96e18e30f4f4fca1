import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import {
  type EscrowDrillContext,
  planEscrowDrill,
  reportEscrowDrill,
  runEscrowDrill,
} from '@/lib/procedures/escrow-drill';
import { drillFields } from '@/lib/procedures/physical-drill-plan';

const { repository, ...others } = drillFields;

export default defineJob({
  title: 'Drill with the kept copy of the pass',
  summary:
    'You type the pass of an encrypted repository from where it is kept. The whole server is restored with it and with no other pass, booted where nobody else reaches it and checked: then the kept copy is enough on the day when the console is gone.',
  version: 1,
  risk: 'low',
  permission: 'drill',
  as: 'backup',
  runsOn: 'primary',
  needsServer: false,
  where: 'drills',
  locks: (_input, target) => [`drill:${target.clusterId}`],
  input: z.object({
    repository,
    keptPass: z.uuid().meta({
      title: 'Kept copy of its pass',
      description:
        'From the safe, not from this console. It is sealed to the workers at once, for this plan and its run alone, and gone with its end or in half an hour.',
    }),
    ...others,
  }),
  choices: {
    keptPass: { from: 'typed-copy', of: 'repository', by: 'repository' },
    backupId: { from: 'backups', type: 'physical' },
  },
  plan: planEscrowDrill,
  steps: [
    {
      name: 'drill',
      title: 'Open the repository with the typed copy, restore, boot in isolation and check',
      safety: 'idempotent',
      run: (ctx: EscrowDrillContext) => runEscrowDrill(ctx),
    },
    {
      name: 'report',
      title: 'Store the verdict',
      safety: 'idempotent',
      run: (ctx: EscrowDrillContext) => reportEscrowDrill(ctx),
    },
  ],
  undo: { none: 'The restored server, its files and what was typed are gone when the run ends.' },
  shows: 'escrow',
});
