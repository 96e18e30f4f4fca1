import { z } from 'zod';
import { attachPooler } from '@/lib/commands/poolers';
import { newPoolerSchema } from '@/lib/contract/poolers';
import { created, route } from '@/lib/http/route';
import { poolers } from '@/lib/queries/poolers';

const params = z.object({ id: z.uuid() });

export const GET = route({ permission: 'read', params, run: ({ db, params: { id } }) => poolers(db, id) });

export const POST = route({
  permission: 'manage-instances',
  params,
  body: newPoolerSchema,
  run: async ({ db, actor, params: { id }, body, requestId }) =>
    created(await attachPooler(db, actor, id, body, { requestId })),
});
