import { z } from 'zod';
import { endSessions } from '@/lib/commands/account';
import { route } from '@/lib/http/route';

export const DELETE = route({
  permission: 'own-account',
  params: z.object({ id: z.uuid() }),
  run: ({ db, actor, params, requestId }) => endSessions(db, actor, { sessionId: params.id }, { requestId }),
});
