import { planJob } from '@/lib/commands/plans';
import { newPlanSchema } from '@/lib/contract/plans';
import { created, route } from '@/lib/http/route';

// Who may plan a kind is decided by the kind; the command asks.
export const POST = route({
  permission: 'read',
  body: newPlanSchema,
  run: async ({ db, actor, body, requestId }) => created(await planJob(db, actor, body, { requestId })),
});
