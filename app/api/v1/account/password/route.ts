import { changePassword } from '@/lib/commands/account';
import { changePasswordBody } from '@/lib/contract/account';
import { passwordMetaOf } from '@/lib/http/password-meta';
import { route } from '@/lib/http/route';

export const POST = route({
  permission: 'own-account',
  body: changePasswordBody,
  run: ({ db, actor, body, request, requestId }) =>
    changePassword(db, actor, body, passwordMetaOf(request, requestId)),
});
