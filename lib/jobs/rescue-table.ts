import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import { rescue, wasRescued } from '@/lib/procedures/table-rescue';
import type { RescueContext, Rescued } from '@/lib/procedures/table-rescue-context';
import { makeLinks, noteAfter, noteBefore } from '@/lib/procedures/table-rescue-notes';
import { planRescue } from '@/lib/procedures/table-rescue-plan';

const name = (title: string) => z.string().min(1).max(63).meta({ title });

export default defineJob({
  title: 'Rescue a table from a copy',
  summary:
    'Brings a table of an open copy back into the live database: under its own name when it is gone, beside the live one, or merged into it by key.',
  version: 1,
  risk: 'high',
  permission: 'restore-beside',
  as: 'operate',
  runsOn: 'primary',
  recovers: 'table',
  locks: (input, target) => [`table:${target.clusterId}:${input.database}:${input.schema}.${input.table}`],
  input: z.object({
    copyId: z.uuid().meta({ title: 'Copy' }),
    database: name('Database'),
    schema: name('Schema').default('public'),
    table: name('Table'),
    how: z.enum(['own-name', 'beside', 'merge']).default('beside').meta({
      title: 'How',
      description: 'own-name: it is gone. beside: a second table. merge: rows that are missing are inserted.',
    }),
    name: name('New name').optional(),
    updateDifferent: z.boolean().default(false).meta({
      title: 'Put back rows that differ',
      description: 'Of a merge: rows with the same key get the values of then.',
    }),
    skipTriggers: z.boolean().default(false).meta({
      title: 'Keep triggers from firing',
      description: 'Of a merge; needs a superuser. Foreign keys are then checked at the end.',
    }),
  }),
  choices: { copyId: { from: 'copies' }, database: { from: 'databases' } },
  plan: planRescue,
  steps: [
    {
      name: 'before',
      title: 'Count both tables',
      safety: 'pure',
      run: (ctx: RescueContext) => noteBefore(ctx),
    },
    {
      name: 'rescue',
      title: 'Bring the rows back in one transaction',
      safety: 'probeable',
      run: (ctx: RescueContext) => rescue(ctx),
      probe: (ctx: RescueContext) => wasRescued(ctx),
    },
    {
      name: 'links',
      title: 'Make foreign keys of other tables again',
      safety: 'idempotent',
      run: (ctx: RescueContext) => makeLinks(ctx),
    },
    {
      name: 'after',
      title: 'Count once more',
      safety: 'pure',
      run: (ctx: RescueContext) => noteAfter(ctx),
    },
  ],
  undo: {
    job: 'undo-table-rescue',
    label: 'Take the rescue back',
    input: (outputs, input) => {
      const done = outputs.rescue as Rescued;
      return {
        ...{ database: input.database, schema: done.schema, table: done.name, oid: done.oid },
        ...(done.undoTable === null
          ? { rows: Number(outputs.after?.rows ?? 0) }
          : { undoTable: done.undoTable }),
      };
    },
  },
});
