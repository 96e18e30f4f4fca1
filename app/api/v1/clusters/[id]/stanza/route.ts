import { z } from 'zod';
import { createStanza, giveUpStanza } from '@/lib/commands/stanzas';
import { confirmNameSchema } from '@/lib/contract/clusters';
import { newStanzaSchema } from '@/lib/contract/stanzas';
import { created, route } from '@/lib/http/route';
import { stanzaSetup } from '@/lib/queries/stanzas';

const params = z.object({ id: z.uuid() });

export const GET = route({
  permission: 'read',
  params,
  run: ({ db, params: { id } }) => stanzaSetup(db, id),
});

export const POST = route({
  permission: 'manage-storages',
  params,
  body: newStanzaSchema,
  run: async ({ db, actor, params: { id }, body, requestId }) =>
    created(await createStanza(db, actor, id, body, { requestId })),
});

export const DELETE = route({
  permission: 'manage-storages',
  params,
  body: confirmNameSchema,
  run: ({ db, actor, params: { id }, body, requestId }) =>
    giveUpStanza(db, actor, id, body.confirm, { requestId }),
});
