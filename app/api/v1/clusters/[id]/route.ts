import { z } from 'zod';
import { changeCluster, removeCluster } from '@/lib/commands/clusters';
import { changeClusterSchema, confirmNameSchema } from '@/lib/contract/clusters';
import { route } from '@/lib/http/route';
import { cluster } from '@/lib/queries/clusters';

const params = z.object({ id: z.uuid() });

export const GET = route({ permission: 'read', params, run: ({ db, params: { id } }) => cluster(db, id) });

export const PATCH = route({
  permission: 'manage-instances',
  params,
  body: changeClusterSchema,
  run: async ({ db, actor, params: { id }, body, requestId }) => {
    await changeCluster(db, actor, id, body, { requestId });
    return cluster(db, id);
  },
});

export const DELETE = route({
  permission: 'manage-instances',
  params,
  body: confirmNameSchema,
  run: ({ db, actor, params: { id }, body, requestId }) =>
    removeCluster(db, actor, id, body.confirm, { requestId }),
});
