import { z } from 'zod';
import { queryDetailQuerySchema } from '@/lib/contract/queries';
import { route } from '@/lib/http/route';
import { queryOfInstance } from '@/lib/queries/query-detail';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid(), key: z.string().regex(/^-?\d{1,20}$/) }),
  query: queryDetailQuerySchema,
  run: ({ db, actor, params, query }) =>
    queryOfInstance(db, actor.role, { instanceId: params.id, queryid: params.key }, query),
});
