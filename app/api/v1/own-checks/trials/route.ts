import { tryOwnCheck } from '@/lib/commands/own-checks';
import { tryOwnCheckSchema } from '@/lib/contract/own-checks';
import { created, route } from '@/lib/http/route';

export const POST = route({
  permission: 'manage-checks',
  body: tryOwnCheckSchema,
  run: async ({ db, actor, body, requestId }) => created(await tryOwnCheck(db, actor, body, { requestId })),
});
