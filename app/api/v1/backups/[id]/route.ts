import { z } from 'zod';
import { route } from '@/lib/http/route';
import { backup } from '@/lib/queries/backups';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  run: ({ db, params }) => backup(db, params.id),
});
