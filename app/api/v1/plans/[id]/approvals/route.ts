import { z } from 'zod';
import { sayOnPlan } from '@/lib/commands/approvals';
import { newWordSchema } from '@/lib/contract/approvals';
import { created, route } from '@/lib/http/route';

// Who may approve a plan is decided by its kind; the command asks.
export const POST = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  body: newWordSchema,
  run: async ({ db, actor, params, body, requestId }) =>
    created(await sayOnPlan(db, actor, params.id, body, { requestId })),
});
