import { changesQuerySchema } from '@/lib/contract/changes';
import { route } from '@/lib/http/route';
import { changes } from '@/lib/queries/changes';

export const GET = route({
  permission: 'read',
  query: changesQuerySchema,
  run: ({ db, query }) => changes(db, query),
});
