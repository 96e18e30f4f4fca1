import { z } from 'zod';
import { changeHost } from '@/lib/commands/hosts';
import { changeHostSchema } from '@/lib/contract/hosts';
import { route } from '@/lib/http/route';
import { host } from '@/lib/queries/hosts';

const params = z.object({ id: z.uuid() });

export const GET = route({ permission: 'read', params, run: ({ db, params: { id } }) => host(db, id) });

export const PUT = route({
  permission: 'manage-instances',
  params,
  body: changeHostSchema,
  run: async ({ db, actor, params: { id }, body, requestId }) => {
    await changeHost(db, actor, id, body, { requestId });
    return host(db, id);
  },
});
