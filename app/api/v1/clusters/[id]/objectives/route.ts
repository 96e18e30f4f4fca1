import { z } from 'zod';
import { changeObjectives } from '@/lib/commands/recovery';
import { objectivesSchema } from '@/lib/contract/recovery';
import { route } from '@/lib/http/route';

export const PUT = route({
  permission: 'manage-instances',
  params: z.object({ id: z.uuid() }),
  body: objectivesSchema,
  run: async ({ db, actor, params: { id }, body, requestId }) => {
    await changeObjectives(db, actor, id, body, { requestId });
    return body;
  },
});
