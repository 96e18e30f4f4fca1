import { z } from 'zod';
import { instanceChecksQuerySchema } from '@/lib/contract/checks';
import { route } from '@/lib/http/route';
import { checksOfInstance } from '@/lib/queries/checks';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  query: instanceChecksQuerySchema,
  run: ({ db, actor, params, query }) => checksOfInstance(db, actor.role, params.id, query),
});
