import { z } from 'zod';
import { route } from '@/lib/http/route';
import { replicationOfCluster } from '@/lib/queries/replication';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  run: ({ db, params: { id } }) => replicationOfCluster(db, id),
});
