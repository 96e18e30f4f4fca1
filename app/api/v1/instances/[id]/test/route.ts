import { z } from 'zod';
import { testInstance } from '@/lib/commands/instance-state';
import { requestTestSchema } from '@/lib/contract/instances';
import { created, route } from '@/lib/http/route';

export const POST = route({
  permission: 'manage-instances',
  params: z.object({ id: z.uuid() }),
  body: requestTestSchema,
  run: async ({ db, actor, params, body, requestId }) =>
    created(await testInstance(db, actor, { instanceId: params.id, activate: body.activate }, { requestId })),
});
