import { z } from 'zod';
import { tablesQuerySchema } from '@/lib/contract/tables';
import { route } from '@/lib/http/route';
import { tablesOfInstance } from '@/lib/queries/tables';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  query: tablesQuerySchema,
  run: ({ db, params, query }) => tablesOfInstance(db, params.id, query),
});
