import { z } from 'zod';
import { revokeToken } from '@/lib/commands/tokens';
import { route } from '@/lib/http/route';

export const DELETE = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  run: async ({ db, actor, params, requestId }) => ({
    revoked: await revokeToken(db, actor, params, { requestId }),
  }),
});
