import { grantScriptQuerySchema } from '@/lib/contract/instances';
import { grantScript } from '@/lib/engine/grant-scripts';
import { route } from '@/lib/http/route';

export const GET = route({
  permission: 'read',
  query: grantScriptQuerySchema,
  run: async ({ query }) => ({ script: grantScript(query) }),
});
