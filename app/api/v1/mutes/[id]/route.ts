import { z } from 'zod';
import { unmute } from '@/lib/commands/mutes';
import { route } from '@/lib/http/route';

export const DELETE = route({
  permission: 'mute',
  params: z.object({ id: z.uuid() }),
  run: async ({ db, actor, params, requestId }) => {
    await unmute(db, actor, params.id, { requestId });
    return { unmuted: true };
  },
});
