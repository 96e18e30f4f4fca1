import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import { type DropContext, dropBeside, planDrop } from '@/lib/procedures/database-drop';

export default defineJob({
  title: 'Drop a replaced database',
  summary:
    'Drops the database that a swap has set aside: after that the swap cannot be undone. It refuses every database without that mark.',
  version: 1,
  risk: 'high',
  permission: 'restore',
  twoPeople: true,
  as: 'operate',
  runsOn: 'primary',
  recovers: 'drop',
  locks: (input, target) => [`swap:${target.clusterId}:${input.name}`],
  input: z.object({ name: z.string().min(1).max(63).meta({ title: 'Database' }) }),
  choices: { name: { from: 'rows', check: 'databases-beside', column: 'restored' } },
  plan: (ctx, input) => planDrop(ctx, input, 'replaced'),
  steps: [
    {
      name: 'drop',
      title: 'Drop it',
      safety: 'idempotent',
      pointOfNoReturn: true,
      run: (ctx: DropContext) => dropBeside(ctx, 'replaced'),
    },
  ],
  undo: { none: 'A dropped database is gone; another restore brings its rows back.' },
});
