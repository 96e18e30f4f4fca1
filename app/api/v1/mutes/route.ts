import { muteFinding } from '@/lib/commands/mutes';
import { mutesQuerySchema, newMuteSchema } from '@/lib/contract/mutes';
import { created, route } from '@/lib/http/route';
import { mutes } from '@/lib/queries/mutes';

export const GET = route({
  permission: 'read',
  query: mutesQuerySchema,
  run: ({ db, query }) => mutes(db, query),
});

export const POST = route({
  permission: 'mute',
  body: newMuteSchema,
  run: async ({ db, actor, body, requestId }) => created(await muteFinding(db, actor, body, { requestId })),
});
