import { saveOwnCheck } from '@/lib/commands/own-checks';
import { saveOwnCheckSchema } from '@/lib/contract/own-checks';
import { created, route } from '@/lib/http/route';
import { ownChecks } from '@/lib/queries/own-checks';

export const GET = route({ permission: 'read', run: ({ db }) => ownChecks(db) });

export const POST = route({
  permission: 'manage-checks',
  body: saveOwnCheckSchema,
  run: async ({ db, actor, body, requestId }) =>
    created(await saveOwnCheck(db, actor, { ...body, isNew: true }, { requestId })),
});
