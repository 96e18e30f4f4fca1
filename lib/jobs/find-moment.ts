import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import { findMoments, type MomentContext } from '@/lib/procedures/wal-scan';
import { planMoments } from '@/lib/procedures/wal-scan-plan';

export default defineJob({
  title: 'Find the moment of a loss',
  summary:
    'Reads the archived WAL of a span of time and lists when a table was dropped, emptied, rewritten or lost many rows, each with the place just before it.',
  version: 1,
  risk: 'low',
  permission: 'restore-beside',
  as: 'watch',
  runsOn: 'primary',
  where: 'host',
  needsServer: false,
  recovers: 'moment',
  shows: 'moment',
  locks: () => [],
  input: z.object({
    database: z.string().min(1).max(63).meta({ title: 'Database' }),
    table: z
      .string()
      .min(3)
      .max(127)
      .regex(/\./, 'Give the schema too, such as public.orders.')
      .optional()
      .meta({ title: 'Table', description: 'schema.name; all tables of the database when left out.' }),
    from: z.iso.datetime({ offset: true }).meta({
      title: 'From',
      description: 'When it was surely still there, with an offset: 2026-01-31T03:04:05Z.',
    }),
    to: z.iso.datetime({ offset: true }).optional().meta({ title: 'To', description: 'Now when left out.' }),
    minRows: z
      .int()
      .min(1)
      .default(100)
      .meta({ title: 'Rows that count', description: 'Smaller deletes and updates are left out.' }),
    repository: z.int().min(1).max(8).default(1).meta({ title: 'Repository' }),
  }),
  choices: { database: { from: 'databases' } },
  plan: planMoments,
  steps: [
    {
      name: 'scan',
      title: 'Read the WAL of the span',
      safety: 'pure',
      run: (ctx: MomentContext) => findMoments(ctx),
    },
  ],
  undo: { none: 'It reads only.' },
});
