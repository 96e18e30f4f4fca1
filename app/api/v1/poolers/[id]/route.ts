import { z } from 'zod';
import { detachPooler } from '@/lib/commands/poolers';
import { confirmNameSchema } from '@/lib/contract/clusters';
import { route } from '@/lib/http/route';

export const DELETE = route({
  permission: 'manage-instances',
  params: z.object({ id: z.uuid() }),
  body: confirmNameSchema,
  run: ({ db, actor, params: { id }, body, requestId }) =>
    detachPooler(db, actor, id, body.confirm, { requestId }),
});
