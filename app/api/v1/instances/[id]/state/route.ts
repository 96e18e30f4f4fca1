import { z } from 'zod';
import { activateInstance, pauseInstance } from '@/lib/commands/instance-state';
import { changeStateSchema } from '@/lib/contract/instances';
import { route } from '@/lib/http/route';
import { instanceDetail } from '@/lib/queries/instances';

export const POST = route({
  permission: 'manage-instances',
  params: z.object({ id: z.uuid() }),
  body: changeStateSchema,
  run: async ({ db, actor, params: { id }, body, requestId }) => {
    const change = body.state === 'active' ? activateInstance : pauseInstance;
    await change(db, actor, id, { requestId });
    return instanceDetail(db, id);
  },
});
