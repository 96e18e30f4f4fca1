import { z } from 'zod';
import { pinBackup, unpinBackup } from '@/lib/commands/pins';
import { pinSchema } from '@/lib/contract/retention';
import { route } from '@/lib/http/route';

const params = z.object({ id: z.uuid() });

export const PUT = route({
  permission: 'pin-backup',
  params,
  body: pinSchema,
  run: ({ db, actor, params: { id }, body, requestId }) =>
    pinBackup(db, actor, id, body.reason, { requestId }),
});

export const DELETE = route({
  permission: 'pin-backup',
  params,
  body: pinSchema,
  run: ({ db, actor, params: { id }, body, requestId }) =>
    unpinBackup(db, actor, id, body.reason, { requestId }),
});
