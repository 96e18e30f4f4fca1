import { importOwnChecks } from '@/lib/commands/own-check-import';
import { importOwnChecksSchema } from '@/lib/contract/own-checks';
import { route } from '@/lib/http/route';

export const POST = route({
  permission: 'manage-checks',
  body: importOwnChecksSchema,
  run: ({ db, actor, body, requestId }) => importOwnChecks(db, actor, body.yaml, { requestId }),
});
