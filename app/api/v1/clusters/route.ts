import { addCluster } from '@/lib/commands/clusters';
import { newClusterSchema } from '@/lib/contract/clusters';
import { created, route } from '@/lib/http/route';
import { clusters } from '@/lib/queries/clusters';

export const GET = route({ permission: 'read', run: ({ db }) => clusters(db) });

export const POST = route({
  permission: 'manage-instances',
  body: newClusterSchema,
  run: async ({ db, actor, body, requestId }) => created(await addCluster(db, actor, body, { requestId })),
});
