import { z } from 'zod';
import { recoveryQuerySchema } from '@/lib/contract/recovery';
import { route } from '@/lib/http/route';
import { recoveryOfCluster } from '@/lib/queries/recovery';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  query: recoveryQuerySchema,
  run: ({ db, params: { id }, query: { range } }) => recoveryOfCluster(db, id, range),
});
