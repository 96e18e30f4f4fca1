import { z } from 'zod';
import { queriesQuerySchema } from '@/lib/contract/queries';
import { route } from '@/lib/http/route';
import { queriesOfInstance } from '@/lib/queries/query-list';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  query: queriesQuerySchema,
  run: ({ db, actor, params, query }) => queriesOfInstance(db, actor.role, params.id, query),
});
