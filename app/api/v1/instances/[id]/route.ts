import { z } from 'zod';
import { changeInstance, removeInstance } from '@/lib/commands/instances';
import { confirmNameSchema } from '@/lib/contract/clusters';
import { changeInstanceSchema } from '@/lib/contract/instances';
import { route } from '@/lib/http/route';
import { instanceDetail } from '@/lib/queries/instances';

const params = z.object({ id: z.uuid() });

export const GET = route({
  permission: 'read',
  params,
  run: ({ db, params: { id } }) => instanceDetail(db, id),
});

export const PATCH = route({
  permission: 'manage-instances',
  params,
  body: changeInstanceSchema,
  run: async ({ db, actor, params: { id }, body, requestId }) => {
    await changeInstance(db, actor, id, body, { requestId });
    return instanceDetail(db, id);
  },
});

export const DELETE = route({
  permission: 'manage-instances',
  params,
  body: confirmNameSchema,
  run: ({ db, actor, params: { id }, body, requestId }) =>
    removeInstance(db, actor, id, body.confirm, { requestId }),
});
