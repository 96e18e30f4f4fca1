import { z } from 'zod';
import { canReadQuerySchema } from '@/lib/contract/replication';
import { route } from '@/lib/http/route';
import { readersOfCluster } from '@/lib/queries/can-read';

/** For load balancers: 200 when a standby (or the named one) may serve such reads, 503 with the reasons when not. */
export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  query: canReadQuerySchema,
  run: async ({ db, params, query }) => {
    const answer = await readersOfCluster(db, params.id, query);
    return Response.json(answer, { status: answer.ready ? 200 : 503 });
  },
});
