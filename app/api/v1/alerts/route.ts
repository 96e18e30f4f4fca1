import { alertsQuerySchema } from '@/lib/contract/alerts';
import { route } from '@/lib/http/route';
import { alerts } from '@/lib/queries/alerts';

export const GET = route({
  permission: 'read',
  query: alertsQuerySchema,
  run: ({ db, query }) => alerts(db, query),
});
