import { z } from 'zod';
import { loadQuerySchema } from '@/lib/contract/load';
import { route } from '@/lib/http/route';
import { loadOfInstance } from '@/lib/queries/load';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  query: loadQuerySchema,
  run: ({ db, actor, params, query }) => loadOfInstance(db, actor.role, params.id, query),
});
