import { endSessions } from '@/lib/commands/account';
import { route } from '@/lib/http/route';

/** Ends all sessions but the one that asks. */
export const DELETE = route({
  permission: 'own-account',
  run: ({ db, actor, requestId }) => endSessions(db, actor, {}, { requestId }),
});
