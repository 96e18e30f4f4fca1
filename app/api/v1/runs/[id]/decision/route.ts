import { z } from 'zod';
import { decideRun } from '@/lib/commands/runs';
import { decisionSchema } from '@/lib/contract/runs';
import { route } from '@/lib/http/route';

// Who may decide is who may start the kind; the command asks.
export const POST = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  body: decisionSchema,
  run: ({ db, actor, params, body, requestId }) =>
    decideRun(db, actor, params.id, body.decision, { requestId }),
});
