import { z } from 'zod';
import { addRepository } from '@/lib/commands/stanzas';
import { newRepositorySchema } from '@/lib/contract/stanzas';
import { created, route } from '@/lib/http/route';

export const POST = route({
  permission: 'manage-storages',
  params: z.object({ id: z.uuid() }),
  body: newRepositorySchema,
  run: async ({ db, actor, params: { id }, body, requestId }) =>
    created(await addRepository(db, actor, id, body, { requestId })),
});
