import { z } from 'zod';
import { route } from '@/lib/http/route';
import { indexesOfInstance } from '@/lib/queries/indexes';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  run: ({ db, actor, params }) => indexesOfInstance(db, actor.role, params.id),
});
