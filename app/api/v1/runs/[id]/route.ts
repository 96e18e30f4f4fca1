import { z } from 'zod';
import { route } from '@/lib/http/route';
import { run } from '@/lib/queries/runs';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  run: ({ db, actor, params }) => run(db, actor, params.id),
});
