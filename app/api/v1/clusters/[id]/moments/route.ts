import { z } from 'zod';
import { route } from '@/lib/http/route';
import { momentSearches } from '@/lib/queries/moments';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  run: ({ db, params }) => momentSearches(db, params.id),
});
