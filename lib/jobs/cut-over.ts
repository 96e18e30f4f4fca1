import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import {
  type CutOverContext,
  exchangeFiles,
  goBack,
  planCutOver,
  seeExchange,
  startRestored,
  stopServers,
} from '@/lib/procedures/cut-over';

/** Where slots and standbys of a server that is asked no more were last seen. */
const checks = { slots: 'replication-slots', senders: 'replication-senders' };

export default defineJob({
  title: 'Cut over to a restored cluster',
  summary:
    'Lets a cluster that was restored in a new place take the place of the old server: both are stopped, the data directories change places by rename, and the restored one is started with archiving. The old files stay aside for the way back.',
  version: 1,
  risk: 'high',
  permission: 'restore',
  twoPeople: true,
  as: 'backup',
  runsOn: 'any',
  where: 'host',
  needsServer: false,
  recovers: 'exchange',
  locks: (_input, target) => [`cluster-place:${target.clusterId}`, `stanza:${target.clusterId}`],
  input: z.object({
    directory: z
      .string()
      .max(200)
      .regex(/^\/[\w.+/-]+[\w+-]$/, 'An absolute path of letters, digits and . _ + -')
      .meta({
        title: 'Directory of the restored cluster',
        description: 'As it was given when the whole cluster was restored.',
      }),
  }),
  plan: (ctx, input) => planCutOver(ctx, input, checks),
  steps: [
    {
      name: 'stop',
      title: 'Stop the restored server and the old one',
      safety: 'idempotent',
      run: (ctx: CutOverContext) => stopServers(ctx),
      cleanUp: (ctx: CutOverContext) => goBack(ctx),
    },
    {
      name: 'exchange',
      title: 'Set the old data directory aside and put the restored one in its place',
      safety: 'probeable',
      run: (ctx: CutOverContext) => exchangeFiles(ctx),
      probe: (ctx: CutOverContext) => seeExchange(ctx),
      cleanUp: (ctx: CutOverContext) => goBack(ctx),
    },
    {
      name: 'start',
      title: 'Start it, and prove that it archives',
      safety: 'idempotent',
      pointOfNoReturn: true,
      run: (ctx: CutOverContext) => startRestored(ctx),
    },
  ],
  // The new timeline has no backup of its own yet.
  next: { job: 'physical-backup', input: () => ({ type: 'full' }) },
  undo: {
    job: 'undo-cut-over',
    label: 'Put the old server back',
    input: (outputs, input) => ({
      dataDirectory: outputs.exchange?.at ?? null,
      aside: outputs.exchange?.aside ?? null,
      directory: (input as { directory: string }).directory,
    }),
  },
});
