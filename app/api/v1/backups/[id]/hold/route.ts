import { z } from 'zod';
import { holdBackup } from '@/lib/commands/pins';
import { holdSchema } from '@/lib/contract/retention';
import { route } from '@/lib/http/route';

export const PUT = route({
  permission: 'manage-retention',
  params: z.object({ id: z.uuid() }),
  body: holdSchema,
  run: ({ db, actor, params: { id }, body, requestId }) => holdBackup(db, actor, id, body, { requestId }),
});
