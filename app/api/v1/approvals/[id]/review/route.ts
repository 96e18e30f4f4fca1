import { z } from 'zod';
import { reviewGlass } from '@/lib/commands/approvals';
import { reviewSchema } from '@/lib/contract/approvals';
import { route } from '@/lib/http/route';

// Who may review is decided by the kind of what was done; the command asks.
export const POST = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  body: reviewSchema,
  run: async ({ db, actor, params, body, requestId }) => {
    await reviewGlass(db, actor, params.id, body.note, { requestId });
    return { reviewed: true };
  },
});
