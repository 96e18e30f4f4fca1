import { z } from 'zod';
import { route } from '@/lib/http/route';
import { read } from '@/lib/queries/reads';

// What a kind answered is for those who may ask it; the query looks.
export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  run: ({ db, actor, params }) => read(db, actor, params.id),
});
