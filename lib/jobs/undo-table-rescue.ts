import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import { planUndo, type UndoContext, undoRescue } from '@/lib/procedures/table-rescue-undo';

const name = (title: string) => z.string().min(1).max(63).meta({ title });

export default defineJob({
  title: 'Take back the rescue of a table',
  summary:
    'Drops the table that a rescue made, or takes back the rows that a merge changed, but for those that were changed since.',
  version: 1,
  risk: 'high',
  permission: 'restore-beside',
  as: 'operate',
  runsOn: 'primary',
  locks: (input, target) => [`table:${target.clusterId}:${input.database}:${input.schema}.${input.table}`],
  input: z.object({
    database: name('Database'),
    schema: name('Schema'),
    table: name('Table'),
    oid: z.number().min(1).meta({ title: 'OID', description: 'Of the table, so that no other is meant.' }),
    rows: z.number().min(0).optional().meta({ title: 'Rows that were rescued' }),
    undoTable: name('Table that keeps what changed').optional(),
  }),
  choices: { database: { from: 'databases' } },
  plan: planUndo,
  steps: [
    {
      name: 'undo',
      title: 'Take it back in one transaction',
      safety: 'once',
      pointOfNoReturn: true,
      run: (ctx: UndoContext) => undoRescue(ctx),
    },
  ],
  undo: { none: 'The copy has the rows still: rescue the table again while it is open.' },
});
