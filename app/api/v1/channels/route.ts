import { addChannel } from '@/lib/commands/channels';
import { newChannelSchema } from '@/lib/contract/channels';
import { created, route } from '@/lib/http/route';
import { webEnv } from '@/lib/http/web-store';
import { channels } from '@/lib/queries/channels';

export const GET = route({ permission: 'manage-channels', run: ({ db }) => channels(db) });

export const POST = route({
  permission: 'manage-channels',
  body: newChannelSchema,
  run: async ({ db, actor, body, requestId }) =>
    created(await addChannel(db, actor, body, { requestId, consoleUrl: webEnv().NEXTAUTH_URL })),
});
