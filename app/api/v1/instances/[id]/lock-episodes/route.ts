import { z } from 'zod';
import { episodesQuerySchema } from '@/lib/contract/activity';
import { route } from '@/lib/http/route';
import { episodesOfInstance } from '@/lib/queries/activity';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  query: episodesQuerySchema,
  run: ({ db, actor, params, query }) => episodesOfInstance(db, actor.role, params.id, query),
});
