import { z } from 'zod';
import { route } from '@/lib/http/route';
import { checkServers } from '@/lib/queries/checks-overview';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.string().max(100) }),
  // The slash in the name of an own check arrives escaped.
  run: ({ db, actor, params }) => checkServers(db, actor.role, params.id.replace(/%2f/i, '/')),
});
