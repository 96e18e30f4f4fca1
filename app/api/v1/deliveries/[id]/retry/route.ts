import { z } from 'zod';
import { retryDelivery } from '@/lib/commands/deliveries';
import { route } from '@/lib/http/route';
import { webEnv } from '@/lib/http/web-store';

export const POST = route({
  permission: 'manage-channels',
  params: z.object({ id: z.uuid() }),
  run: async ({ db, actor, params, requestId }) => {
    await retryDelivery(db, actor, params.id, { requestId, consoleUrl: webEnv().NEXTAUTH_URL });
    return { queued: true };
  },
});
