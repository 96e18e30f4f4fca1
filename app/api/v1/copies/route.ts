import { copiesQuerySchema } from '@/lib/contract/copies';
import { route } from '@/lib/http/route';
import { copies } from '@/lib/queries/copies';

export const GET = route({
  permission: 'read',
  query: copiesQuerySchema,
  run: ({ db, query }) => copies(db, { clusterId: query.clusterId, open: query.open === 'true' }),
});
