import { auditQuery } from '@/lib/contract/audit';
import { route } from '@/lib/http/route';
import { audit } from '@/lib/queries/people';

export const GET = route({
  permission: 'read',
  query: auditQuery,
  run: ({ db, actor, query }) => audit(db, actor, query),
});
