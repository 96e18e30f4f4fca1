import { z } from 'zod';
import { route } from '@/lib/http/route';
import { keepingOfBackup } from '@/lib/queries/keeping';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  run: ({ db, params: { id } }) => keepingOfBackup(db, id),
});
