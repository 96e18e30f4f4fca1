import { movesQuerySchema } from '@/lib/contract/now';
import { route } from '@/lib/http/route';
import { movedStatements } from '@/lib/queries/now';

export const GET = route({
  permission: 'read',
  query: movesQuerySchema,
  run: ({ db, actor, query }) => movedStatements(db, actor.role, query),
});
