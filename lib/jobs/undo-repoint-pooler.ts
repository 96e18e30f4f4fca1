import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import {
  planUndoRepoint,
  pointBack,
  seePointBack,
  startNewAgain,
  startOldServer,
  stopNew,
  type UndoRepointContext,
} from '@/lib/procedures/pooler-undo';

const place = (title: string) => z.string().max(250).startsWith('/').meta({ title });

export default defineJob({
  title: 'Send PgBouncer back to the old server',
  summary:
    'Stops the restored server, starts the old one on a new timeline and puts PgBouncer’s former file back. What was committed since stays in the restored directory.',
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
    poolerId: z.uuid().meta({ title: 'PgBouncer' }),
    file: place('Its file'),
    former: place('The file as it was'),
    at: place('Data directory of the old server'),
    directory: place('Directory of the restored cluster'),
  }),
  plan: planUndoRepoint,
  steps: [
    {
      name: 'stop',
      title: 'Let clients wait, and stop the restored server',
      safety: 'idempotent',
      run: (ctx: UndoRepointContext) => stopNew(ctx),
      cleanUp: (ctx: UndoRepointContext) => startNewAgain(ctx),
    },
    {
      name: 'start',
      title: 'Start the old server on a new timeline',
      safety: 'idempotent',
      pointOfNoReturn: true,
      run: (ctx: UndoRepointContext) => startOldServer(ctx),
    },
    {
      name: 'repoint',
      title: 'Put PgBouncer’s former file back, and prove who answers behind it',
      safety: 'probeable',
      run: (ctx: UndoRepointContext) => pointBack(ctx),
      probe: (ctx: UndoRepointContext) => seePointBack(ctx),
    },
  ],
  next: { job: 'physical-backup', input: () => ({ type: 'full' }) },
  undo: { none: 'The restored server’s files are where they were: send PgBouncer to it again.' },
});
