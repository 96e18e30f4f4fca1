import { addInstance } from '@/lib/commands/instances';
import { newInstanceSchema } from '@/lib/contract/instances';
import { created, route } from '@/lib/http/route';
import { instances } from '@/lib/queries/instances';

export const GET = route({ permission: 'read', run: ({ db }) => instances(db) });

export const POST = route({
  permission: 'manage-instances',
  body: newInstanceSchema,
  run: async ({ db, actor, body, requestId }) => created(await addInstance(db, actor, body, { requestId })),
});
