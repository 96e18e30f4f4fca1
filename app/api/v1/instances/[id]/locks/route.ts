import { z } from 'zod';
import { momentQuerySchema } from '@/lib/contract/activity';
import { route } from '@/lib/http/route';
import { locksOfInstance } from '@/lib/queries/activity';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  query: momentQuerySchema,
  run: ({ db, actor, params, query }) => locksOfInstance(db, actor.role, params.id, query),
});
