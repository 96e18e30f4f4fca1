import { changeApprovalMinutes } from '@/lib/commands/approvals';
import { approvalSettingsSchema } from '@/lib/contract/approvals';
import { route } from '@/lib/http/route';

export const PUT = route({
  permission: 'break-glass',
  body: approvalSettingsSchema,
  run: async ({ db, actor, body, requestId }) => {
    await changeApprovalMinutes(db, actor, body.minutes, { requestId });
    return body;
  },
});
