import { setMark } from '@/lib/commands/marks';
import { newMarkSchema } from '@/lib/contract/changes';
import { created, route } from '@/lib/http/route';

export const POST = route({
  permission: 'mark',
  body: newMarkSchema,
  run: async ({ db, actor, body, requestId, idempotencyKey }) =>
    created(await setMark(db, actor, body, { requestId, idempotencyKey })),
});
