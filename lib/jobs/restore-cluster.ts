import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import {
  type ClusterContext,
  discardCluster,
  planCluster,
  restoreCluster,
  startCluster,
} from '@/lib/procedures/cluster-restore';
import { targetFields } from '@/lib/procedures/recovery-target';

export default defineJob({
  title: 'Restore the whole cluster in a new place',
  summary:
    'Restores the whole server from the repository into a new directory, recovers it to the latest change or a moment, and starts it on a port of its own. The old server and its files are not touched.',
  version: 1,
  risk: 'high',
  permission: 'restore',
  twoPeople: true,
  as: 'backup',
  runsOn: 'primary',
  where: 'host',
  needsServer: false,
  recovers: 'cluster',
  locks: (_input, target) => [`cluster-place:${target.clusterId}`],
  input: z.object({
    ...targetFields,
    directory: z
      .string()
      .max(200)
      .regex(/^\/[\w.+/-]+[\w+-]$/, 'An absolute path of letters, digits and . _ + -')
      .meta({
        title: 'New directory',
        description: 'Absent or empty, on the disk that will hold it for good.',
      }),
    port: z.int().min(1024).max(65_535).meta({ title: 'Port', description: 'Free on that machine.' }),
    backupId: z.uuid().optional().meta({
      title: 'Backup',
      description: 'The newest one that ended before the moment when none is chosen.',
    }),
    repository: z.int().min(1).max(8).default(1).meta({ title: 'Repository' }),
    timeline: z.int().min(1).optional().meta({
      title: 'Timeline',
      description: 'The server’s last known one unless said.',
    }),
  }),
  choices: { backupId: { from: 'backups', type: 'physical' } },
  plan: planCluster,
  steps: [
    {
      name: 'restore',
      title: 'Restore, recover and look into every database',
      safety: 'idempotent',
      run: (ctx: ClusterContext) => restoreCluster(ctx),
      cleanUp: (ctx: ClusterContext) => discardCluster(ctx),
    },
    {
      name: 'start',
      title: 'Start it for good on its own port',
      safety: 'idempotent',
      run: (ctx: ClusterContext) => startCluster(ctx),
      cleanUp: (ctx: ClusterContext) => discardCluster(ctx),
    },
  ],
  undo: {
    none: 'Nothing that was there before was changed: stop the restored server with pg_ctl and remove its directory.',
  },
});
