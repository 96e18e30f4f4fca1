import { z } from 'zod';
import { changeStorage, removeStorage } from '@/lib/commands/storages';
import { confirmNameSchema } from '@/lib/contract/clusters';
import { changeStorageSchema } from '@/lib/contract/storages';
import { route } from '@/lib/http/route';

const params = z.object({ id: z.uuid() });

export const PATCH = route({
  permission: 'manage-storages',
  params,
  body: changeStorageSchema,
  run: ({ db, actor, params: { id }, body, requestId }) => changeStorage(db, actor, id, body, { requestId }),
});

export const DELETE = route({
  permission: 'manage-storages',
  params,
  body: confirmNameSchema,
  run: ({ db, actor, params: { id }, body, requestId }) =>
    removeStorage(db, actor, id, body.confirm, { requestId }),
});
