import { z } from 'zod';
import { route } from '@/lib/http/route';
import { evidence } from '@/lib/queries/evidence';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  run: ({ db, params }) => evidence(db, params.id),
});
