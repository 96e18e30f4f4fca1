import { createToken } from '@/lib/commands/tokens';
import { createTokenBody } from '@/lib/contract/tokens';
import { created, route } from '@/lib/http/route';
import { tokens } from '@/lib/queries/people';

export const GET = route({ permission: 'read', run: ({ db, actor }) => tokens(db, actor) });

export const POST = route({
  permission: 'read',
  body: createTokenBody,
  run: async ({ db, actor, body, requestId }) => created(await createToken(db, actor, body, { requestId })),
});
