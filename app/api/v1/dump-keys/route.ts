import { makeDumpKey } from '@/lib/commands/uploads';
import { created, route } from '@/lib/http/route';
import { dumpKeys } from '@/lib/queries/uploads';

export const GET = route({ permission: 'read', run: ({ db }) => dumpKeys(db) });

export const POST = route({
  permission: 'manage-storages',
  run: async ({ db, actor, requestId }) => created(await makeDumpKey(db, actor, { requestId })),
});
