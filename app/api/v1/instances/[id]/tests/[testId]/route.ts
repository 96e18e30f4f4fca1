import { z } from 'zod';
import { route } from '@/lib/http/route';
import { instanceTest } from '@/lib/queries/instances';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid(), testId: z.uuid() }),
  run: ({ db, params: { id, testId } }) => instanceTest(db, id, testId),
});
