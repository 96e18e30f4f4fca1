import { startRun } from '@/lib/commands/runs';
import { newRunSchema, runsQuerySchema } from '@/lib/contract/runs';
import { created, route } from '@/lib/http/route';
import { runs } from '@/lib/queries/runs';

export const GET = route({
  permission: 'read',
  query: runsQuerySchema,
  run: ({ db, query }) => runs(db, query),
});

// Who may start a kind is decided by the kind; the command asks.
export const POST = route({
  permission: 'read',
  body: newRunSchema,
  run: async ({ db, actor, body, requestId, idempotencyKey }) => {
    const { id, isNew } = await startRun(db, actor, body, { requestId, idempotencyKey });
    return isNew ? created({ id }) : { id };
  },
});
