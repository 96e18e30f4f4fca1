import { z } from 'zod';
import { lookNow } from '@/lib/commands/recovery';
import { route } from '@/lib/http/route';

export const POST = route({
  permission: 'cancel-run',
  params: z.object({ id: z.uuid() }),
  run: async ({ db, actor, params: { id } }) => {
    await lookNow(db, actor, id);
    return Response.json({ requested: true }, { status: 202 });
  },
});
