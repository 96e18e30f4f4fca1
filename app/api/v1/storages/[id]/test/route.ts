import { z } from 'zod';
import { testStorage } from '@/lib/commands/storages';
import { created, route } from '@/lib/http/route';

export const POST = route({
  permission: 'manage-storages',
  params: z.object({ id: z.uuid() }),
  run: async ({ db, actor, params: { id } }) => created(await testStorage(db, actor, id)),
});
