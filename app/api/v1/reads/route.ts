import { askRead } from '@/lib/commands/reads';
import { newReadSchema } from '@/lib/contract/reads';
import { created, route } from '@/lib/http/route';

// Who may ask a kind is decided by the kind; the command asks.
export const POST = route({
  permission: 'read',
  body: newReadSchema,
  run: async ({ db, actor, body, requestId }) => created(await askRead(db, actor, body, { requestId })),
});
