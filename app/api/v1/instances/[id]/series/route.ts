import { z } from 'zod';
import { seriesQuerySchema } from '@/lib/contract/series';
import { route } from '@/lib/http/route';
import { seriesOfInstance } from '@/lib/queries/series';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  query: seriesQuerySchema,
  run: ({ db, params, query }) => seriesOfInstance(db, params.id, query),
});
