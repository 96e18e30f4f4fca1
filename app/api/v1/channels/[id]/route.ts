import { z } from 'zod';
import { changeChannel, removeChannel } from '@/lib/commands/channels';
import { changeChannelSchema } from '@/lib/contract/channels';
import { confirmNameSchema } from '@/lib/contract/clusters';
import { route } from '@/lib/http/route';
import { webEnv } from '@/lib/http/web-store';
import { channel } from '@/lib/queries/channels';

const params = z.object({ id: z.uuid() });
const permission = 'manage-channels';
const meta = (requestId: string) => ({ requestId, consoleUrl: webEnv().NEXTAUTH_URL });

export const GET = route({ permission, params, run: ({ db, params: { id } }) => channel(db, id) });

export const PUT = route({
  permission,
  params,
  body: changeChannelSchema,
  run: ({ db, actor, params: { id }, body, requestId }) =>
    changeChannel(db, actor, id, body, meta(requestId)),
});

export const DELETE = route({
  permission,
  params,
  body: confirmNameSchema,
  run: async ({ db, actor, params: { id }, body, requestId }) => {
    await removeChannel(db, actor, id, body.confirm, meta(requestId));
    return { removed: true };
  },
});
