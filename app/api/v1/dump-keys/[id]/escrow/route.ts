import { z } from 'zod';
import { proveEscrow } from '@/lib/commands/uploads';
import { escrowSchema } from '@/lib/contract/storages';
import { created, route } from '@/lib/http/route';

export const POST = route({
  permission: 'manage-storages',
  params: z.object({ id: z.uuid() }),
  body: escrowSchema,
  run: async ({ db, actor, params: { id }, body, requestId }) =>
    created(await proveEscrow(db, actor, id, body.copy, { requestId })),
});
