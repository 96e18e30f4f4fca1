import { findingsQuerySchema } from '@/lib/contract/findings';
import { route } from '@/lib/http/route';
import { findings } from '@/lib/queries/findings';

export const GET = route({
  permission: 'read',
  query: findingsQuerySchema,
  run: ({ db, query, actor }) => findings(db, query, actor),
});
