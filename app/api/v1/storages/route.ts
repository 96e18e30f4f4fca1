import { addStorage } from '@/lib/commands/storages';
import { newStorageSchema } from '@/lib/contract/storages';
import { created, route } from '@/lib/http/route';
import { storages } from '@/lib/queries/storages';

export const GET = route({ permission: 'read', run: ({ db }) => storages(db) });

export const POST = route({
  permission: 'manage-storages',
  body: newStorageSchema,
  run: async ({ db, actor, body, requestId }) => created(await addStorage(db, actor, body, { requestId })),
});
