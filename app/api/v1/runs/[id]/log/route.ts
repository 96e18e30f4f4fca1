import { z } from 'zod';
import { logQuerySchema } from '@/lib/contract/runs';
import { route } from '@/lib/http/route';
import { runLog } from '@/lib/queries/runs';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  query: logQuerySchema,
  run: ({ db, params, query }) => runLog(db, params.id, query),
});
