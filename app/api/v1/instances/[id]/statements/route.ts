import { z } from 'zod';
import { statementsQuerySchema } from '@/lib/contract/statements';
import { route } from '@/lib/http/route';
import { statementsOfInstance } from '@/lib/queries/statements';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  query: statementsQuerySchema,
  run: ({ db, actor, params, query }) => statementsOfInstance(db, actor.role, params.id, query),
});
