import { z } from 'zod';
import { setRetention } from '@/lib/commands/retention';
import { retentionPolicySchema, retentionQuerySchema } from '@/lib/contract/retention';
import { route } from '@/lib/http/route';
import { retention } from '@/lib/queries/retention';

const params = z.object({ id: z.uuid() });

export const GET = route({
  permission: 'read',
  params,
  query: retentionQuerySchema,
  run: ({ db, params: { id }, query }) => retention(db, id, query),
});

export const PUT = route({
  permission: 'manage-retention',
  params,
  body: retentionPolicySchema,
  run: ({ db, actor, params: { id }, body, requestId }) => setRetention(db, actor, id, body, { requestId }),
});
