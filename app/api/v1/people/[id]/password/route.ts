import { z } from 'zod';
import { resetPassword } from '@/lib/commands/people';
import { route } from '@/lib/http/route';

export const POST = route({
  permission: 'manage-people',
  params: z.object({ id: z.uuid() }),
  run: ({ db, actor, params, requestId }) => resetPassword(db, actor, params, { requestId }),
});
