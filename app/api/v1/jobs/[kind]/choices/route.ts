import { z } from 'zod';
import { jobChoicesQuerySchema } from '@/lib/contract/jobs';
import { route } from '@/lib/http/route';
import { jobChoices } from '@/lib/queries/jobs';

export const GET = route({
  permission: 'read',
  params: z.object({ kind: z.string().max(100) }),
  query: jobChoicesQuerySchema,
  run: ({ db, params, query }) => jobChoices(db, params.kind, query),
});
