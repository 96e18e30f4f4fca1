import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import {
  checkArchiving,
  putPreviousBack,
  runSetupCommand,
  type SetupContext,
  turnOnArchiving,
  writeConfiguration,
} from '@/lib/procedures/archive-setup';
import { planArchiveSetup } from '@/lib/procedures/archive-setup-plan';

export default defineJob({
  title: 'Set up archiving',
  summary:
    'Writes pgBackRest’s configuration, creates the stanza, lets the server archive its WAL into it and proves that it does.',
  version: 1,
  risk: 'high',
  permission: 'maintain',
  as: 'operate',
  runsOn: 'primary',
  where: 'host',
  locks: (_input, target) => [`stanza:${target.clusterId}`],
  input: z.object({
    archiveTimeoutSeconds: z.int().min(0).max(3600).default(60).meta({
      title: 'Close a segment after',
      description:
        'archive_timeout in seconds: how much a quiet server may lose at most. 0 leaves the setting as it is.',
    }),
  }),
  plan: planArchiveSetup,
  steps: [
    {
      name: 'configure',
      title: 'Write the configuration',
      safety: 'idempotent',
      run: (ctx: SetupContext) => writeConfiguration(ctx),
    },
    {
      name: 'create',
      title: 'Create the stanza in each repository',
      safety: 'idempotent',
      run: (ctx: SetupContext) => runSetupCommand(ctx, 'stanza-create'),
    },
    {
      name: 'archive',
      title: 'Let the server archive into it',
      safety: 'idempotent',
      run: (ctx: SetupContext) => turnOnArchiving(ctx),
      // Without a proof that it works the former way of archiving is the better one: else WAL would pile up.
      cleanUp: async (ctx: SetupContext) => {
        const { archiveCommand } = await putPreviousBack(
          ctx,
          ctx.params.configFile,
          ctx.params.archiveTimeoutSeconds !== null,
        );
        ctx.log('warn', `Put the former archive_command back: “${archiveCommand}”.`);
      },
    },
    {
      name: 'check',
      title: 'Prove that a segment arrives',
      safety: 'idempotent',
      run: (ctx: SetupContext) => checkArchiving(ctx),
    },
  ],
  undo: {
    job: 'restore-archive-command',
    label: 'Put the former archive_command back',
    input: () => ({}),
  },
  shows: 'archiving',
});
