import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import { type BackupContext, probeBackup, registerBackup, runBackup } from '@/lib/procedures/physical-backup';
import { planPhysicalBackup } from '@/lib/procedures/physical-backup-plan';

export default defineJob({
  title: 'Back up the whole server',
  summary:
    'Takes a physical backup of all databases with pgBackRest: with the archived WAL any later moment can be restored.',
  version: 1,
  risk: 'low',
  permission: 'backup',
  as: 'backup',
  runsOn: 'primary',
  where: 'host',
  locks: (_input, target) => [`stanza:${target.clusterId}`],
  input: z.object({
    type: z.enum(['full', 'diff', 'incr']).default('incr').meta({
      title: 'Type',
      description:
        'full copies everything; diff what changed since the last full; incr what changed since the last backup.',
    }),
    repository: z
      .int()
      .min(1)
      .max(8)
      .default(1)
      .meta({ title: 'Repository', description: 'pgBackRest’s number of it.' }),
    waitMinutes: z.int().min(0).max(1440).default(60).meta({
      title: 'Wait for another backup',
      description: 'Minutes to wait while another command holds the stanza.',
    }),
  }),
  plan: planPhysicalBackup,
  steps: [
    {
      name: 'backup',
      title: 'Copy the server’s files into the repository',
      safety: 'probeable',
      onLeaseLost: 'continue',
      run: (ctx: BackupContext) => runBackup(ctx),
      probe: (ctx: BackupContext) => probeBackup(ctx),
    },
    {
      name: 'register',
      title: 'Read it in the repository’s list and register it',
      safety: 'idempotent',
      run: (ctx: BackupContext) => registerBackup(ctx),
    },
  ],
  undo: { none: 'A backup changes nothing on the server; an unwanted one is removed when it expires.' },
  schedulable: true,
  shows: 'backup-set',
});
