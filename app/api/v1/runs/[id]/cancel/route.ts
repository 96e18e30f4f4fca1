import { z } from 'zod';
import { cancelRun } from '@/lib/commands/runs';
import { route } from '@/lib/http/route';

export const POST = route({
  permission: 'cancel-run',
  params: z.object({ id: z.uuid() }),
  run: ({ db, actor, params, requestId }) => cancelRun(db, actor, params.id, { requestId }),
});
