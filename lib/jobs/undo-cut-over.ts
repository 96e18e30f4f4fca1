import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import {
  exchangeFiles,
  goBack,
  planUndo,
  seeExchange,
  startOld,
  stopServers,
  type UndoContext,
} from '@/lib/procedures/cut-over';

const folder = (title: string) => z.string().max(250).startsWith('/').meta({ title });

const checks = { slots: 'replication-slots', senders: 'replication-senders' };

export default defineJob({
  title: 'Put the old server back after a cut-over',
  summary:
    'Stops the server that took the place, puts the old data directory back and starts it on a new timeline with archiving. What was committed since stays in the directory that is set aside.',
  version: 1,
  risk: 'high',
  permission: 'restore',
  twoPeople: true,
  as: 'backup',
  runsOn: 'any',
  where: 'host',
  needsServer: false,
  locks: (_input, target) => [`cluster-place:${target.clusterId}`, `stanza:${target.clusterId}`],
  input: z.object({
    dataDirectory: folder('Data directory of the server'),
    aside: folder('Where the old files are'),
    directory: folder('Directory of the restored cluster'),
  }),
  plan: (ctx, input) => planUndo(ctx, input, checks),
  steps: [
    {
      name: 'stop',
      title: 'Stop the server',
      safety: 'idempotent',
      run: (ctx: UndoContext) => stopServers(ctx),
      cleanUp: (ctx: UndoContext) => goBack(ctx),
    },
    {
      name: 'exchange',
      title: 'Set its data directory aside and put the old one in its place',
      safety: 'probeable',
      run: (ctx: UndoContext) => exchangeFiles(ctx),
      probe: (ctx: UndoContext) => seeExchange(ctx),
      cleanUp: (ctx: UndoContext) => goBack(ctx),
    },
    {
      name: 'start',
      title: 'Start it on a new timeline, and prove that it archives',
      safety: 'idempotent',
      pointOfNoReturn: true,
      run: (ctx: UndoContext) => startOld(ctx),
    },
  ],
  // The new timeline has no backup of its own yet.
  next: { job: 'physical-backup', input: () => ({ type: 'full' }) },
  undo: { none: 'The other server’s files are where they were before the cut-over: cut over again.' },
});
