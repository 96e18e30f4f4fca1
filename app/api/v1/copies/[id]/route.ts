import { z } from 'zod';
import { keepCopy } from '@/lib/commands/copies';
import { changeCopySchema } from '@/lib/contract/copies';
import { route } from '@/lib/http/route';
import { copy } from '@/lib/queries/copies';

const params = z.object({ id: z.uuid() });

export const GET = route({
  permission: 'read',
  params,
  run: ({ db, params: { id } }) => copy(db, id),
});

export const PATCH = route({
  permission: 'restore-beside',
  params,
  body: changeCopySchema,
  run: ({ db, actor, params: { id }, body, requestId }) => keepCopy(db, actor, id, body.hours, { requestId }),
});
