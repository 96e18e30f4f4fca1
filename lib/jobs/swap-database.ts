import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import { withSession } from '@/lib/procedures/database-beside';
import {
  analyzeForSwap,
  carryForSwap,
  reopen,
  type SwapContext,
  swap,
  verifySwap,
  wasSwapped,
} from '@/lib/procedures/database-swap';
import { planSwap } from '@/lib/procedures/database-swap-plan';

export default defineJob({
  title: 'Swap in a restored database',
  summary:
    'Lets a database that was restored beside the one in use take its name, in one transaction. The replaced one is kept, closed, and the same swap brings it back.',
  version: 2,
  risk: 'high',
  permission: 'restore',
  twoPeople: true,
  as: 'operate',
  runsOn: 'primary',
  recovers: 'swap',
  locks: (input, target) => [`swap:${target.clusterId}:${input.database}`],
  input: z.object({
    database: z.string().min(1).max(63).meta({ title: 'Database in use' }),
    restored: z.string().min(1).max(63).meta({ title: 'Restored database' }),
    keepAs: z.string().min(1).max(63).optional().meta({
      title: 'Keep the replaced one as',
      description: 'NAME_old_ and the time of the swap unless you say another.',
    }),
    keepDays: z.int().min(1).max(90).default(7).meta({ title: 'Days to keep it' }),
    acceptDifferences: z.boolean().default(false).meta({
      title: 'Accept what is missing',
      description: 'Swaps although settings could not be carried over or the restore had errors.',
    }),
  }),
  choices: {
    database: { from: 'databases' },
    restored: { from: 'rows', check: 'databases-beside', column: 'restored' },
  },
  plan: planSwap,
  steps: [
    {
      name: 'carry',
      title: 'Give it the rights and settings of the one in use',
      safety: 'idempotent',
      run: (ctx: SwapContext) => carryForSwap(ctx),
    },
    {
      name: 'analyze',
      title: 'See that it has statistics',
      safety: 'idempotent',
      run: (ctx: SwapContext) => analyzeForSwap(ctx),
    },
    {
      name: 'swap',
      title: 'End the sessions and change the names',
      safety: 'probeable',
      pointOfNoReturn: true,
      run: (ctx: SwapContext) => swap(ctx),
      probe: (ctx: SwapContext) => wasSwapped(ctx),
      cleanUp: (ctx: SwapContext) => withSession(ctx.connect('operate'), (session) => reopen(ctx, session)),
    },
    {
      name: 'verify',
      title: 'Ask it and compare once more',
      safety: 'idempotent',
      run: (ctx: SwapContext) => verifySwap(ctx),
    },
  ],
  undo: {
    job: 'swap-database',
    label: 'Swap the former database back in',
    input: (outputs, input) => ({
      database: input.database,
      restored: String(outputs.swap?.kept ?? ''),
      keepAs: input.restored,
    }),
  },
});
