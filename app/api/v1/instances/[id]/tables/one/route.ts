import { z } from 'zod';
import { tableQuerySchema } from '@/lib/contract/tables';
import { route } from '@/lib/http/route';
import { tableOfInstance } from '@/lib/queries/table-detail';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  query: tableQuerySchema,
  run: ({ db, params, query }) => tableOfInstance(db, params.id, query),
});
