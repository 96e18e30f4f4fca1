import { z } from 'zod';
import { route } from '@/lib/http/route';
import { storageTest } from '@/lib/queries/storages';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  run: ({ db, params: { id } }) => storageTest(db, id),
});
