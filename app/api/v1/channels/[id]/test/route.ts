import { z } from 'zod';
import { testChannel } from '@/lib/commands/deliveries';
import { created, route } from '@/lib/http/route';
import { webEnv } from '@/lib/http/web-store';

export const POST = route({
  permission: 'manage-channels',
  params: z.object({ id: z.uuid() }),
  run: async ({ db, actor, params, requestId }) =>
    created(await testChannel(db, actor, params.id, { requestId, consoleUrl: webEnv().NEXTAUTH_URL })),
});
