import { z } from 'zod';
import { jobChoicesQuerySchema } from '@/lib/contract/jobs';
import { route } from '@/lib/http/route';
import { choicesOfJob } from '@/lib/queries/job-choices';

/** What the fields of a kind's form can take on a cluster. */
export const GET = route({
  permission: 'read',
  params: z.object({ kind: z.string().max(100) }),
  query: jobChoicesQuerySchema,
  run: ({ db, params, query }) => choicesOfJob(db, params.kind, query),
});
