import { z } from 'zod';
import { closeCopy } from '@/lib/commands/copies';
import { route } from '@/lib/http/route';

export const POST = route({
  permission: 'restore-beside',
  params: z.object({ id: z.uuid() }),
  run: ({ db, actor, params: { id }, requestId }) => closeCopy(db, actor, id, { requestId }),
});
