import { z } from 'zod';
import { route } from '@/lib/http/route';
import { plan } from '@/lib/queries/plans';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  run: ({ db, actor, params }) => plan(db, actor, params.id),
});
