import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import { type DropContext, dropBeside, planDrop } from '@/lib/procedures/database-drop';

export default defineJob({
  title: 'Drop a restored database',
  summary:
    'Drops a database that was restored beside another and that nobody uses. It refuses every database without that mark.',
  version: 1,
  risk: 'high',
  permission: 'restore-beside',
  as: 'operate',
  runsOn: 'primary',
  recovers: 'drop',
  locks: (input, target) => [`swap:${target.clusterId}:${input.name}`],
  input: z.object({ name: z.string().min(1).max(63).meta({ title: 'Database' }) }),
  choices: { name: { from: 'rows', check: 'databases-beside', column: 'restored' } },
  plan: (ctx, input) => planDrop(ctx, input, 'restored'),
  steps: [
    {
      name: 'drop',
      title: 'Drop it',
      safety: 'idempotent',
      pointOfNoReturn: true,
      run: (ctx: DropContext) => dropBeside(ctx, 'restored'),
    },
  ],
  undo: { none: 'A dropped database is gone; another restore brings its rows back.' },
});
