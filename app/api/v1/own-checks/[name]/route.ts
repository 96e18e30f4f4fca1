import { z } from 'zod';
import { changeOwnCheck, removeOwnCheck } from '@/lib/commands/own-checks';
import { confirmNameSchema } from '@/lib/contract/clusters';
import { changeOwnCheckSchema, ownCheckNameSchema } from '@/lib/contract/own-checks';
import { route } from '@/lib/http/route';
import { ownCheck } from '@/lib/queries/own-checks';

const params = z.object({ name: ownCheckNameSchema });

export const GET = route({
  permission: 'read',
  params,
  run: ({ db, params: { name } }) => ownCheck(db, name),
});

export const PATCH = route({
  permission: 'manage-checks',
  params,
  body: changeOwnCheckSchema,
  run: async ({ db, actor, params: { name }, body, requestId }) => {
    await changeOwnCheck(db, actor, name, body, { requestId });
    return ownCheck(db, name);
  },
});

export const DELETE = route({
  permission: 'manage-checks',
  params,
  body: confirmNameSchema,
  run: ({ db, actor, params: { name }, body, requestId }) =>
    removeOwnCheck(db, actor, name, body.confirm, { requestId }),
});
