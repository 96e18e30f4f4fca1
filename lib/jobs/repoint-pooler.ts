import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import {
  planRepoint,
  type RepointContext,
  repoint,
  seeRepoint,
  startArchiving,
  startOldAgain,
  stopOld,
} from '@/lib/procedures/pooler-repoint';

/** Where slots and standbys of a server that is asked no more were last seen. */
const checks = { slots: 'replication-slots', senders: 'replication-senders' };

export default defineJob({
  title: 'Send PgBouncer to a restored cluster',
  summary:
    'Leaves a restored cluster where it is, on its own port, and rewrites the entries of a PgBouncer that lead to the old server. Who answers behind it is proven, else its file is put back. For a disk on which directories cannot change places.',
  version: 1,
  risk: 'high',
  permission: 'restore',
  twoPeople: true,
  as: 'backup',
  runsOn: 'any',
  where: 'host',
  needsServer: false,
  recovers: 'repoint',
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
    pooler: z.string().min(1).max(100).meta({
      title: 'PgBouncer',
      description: 'The name that it was attached under, on the page of the server that is gone.',
    }),
  }),
  plan: (ctx, input) => planRepoint(ctx, input, checks),
  steps: [
    {
      name: 'stop',
      title: 'Let clients wait, and stop the old server',
      safety: 'idempotent',
      run: (ctx: RepointContext) => stopOld(ctx),
      cleanUp: (ctx: RepointContext) => startOldAgain(ctx),
    },
    {
      name: 'start',
      title: 'Start the restored server with archiving',
      safety: 'idempotent',
      run: (ctx: RepointContext) => startArchiving(ctx),
    },
    {
      name: 'repoint',
      title: 'Rewrite PgBouncer’s file, and prove who answers behind it',
      safety: 'probeable',
      pointOfNoReturn: true,
      run: (ctx: RepointContext) => repoint(ctx),
      probe: (ctx: RepointContext) => seeRepoint(ctx),
    },
  ],
  undo: {
    job: 'undo-repoint-pooler',
    label: 'Send clients back to the old server',
    input: (outputs, input) => ({
      poolerId: outputs.repoint?.poolerId ?? null,
      file: outputs.repoint?.file ?? null,
      former: outputs.repoint?.former ?? null,
      at: outputs.repoint?.at ?? null,
      directory: (input as { directory: string }).directory,
    }),
  },
});
