import { z } from 'zod';
import { route } from '@/lib/http/route';
import { trial } from '@/lib/queries/own-checks';

// The rows of a trial are whatever its query reads: they are for those who may write such queries.
export const GET = route({
  permission: 'manage-checks',
  params: z.object({ id: z.uuid() }),
  run: ({ db, params: { id } }) => trial(db, id),
});
