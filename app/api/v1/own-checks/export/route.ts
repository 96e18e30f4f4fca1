import { z } from 'zod';
import { ownCheckNameSchema } from '@/lib/contract/own-checks';
import { route } from '@/lib/http/route';
import { exportedChecks } from '@/lib/queries/own-checks';

export const GET = route({
  permission: 'read',
  query: z.object({ name: ownCheckNameSchema.optional() }),
  run: ({ db, query }) => exportedChecks(db, query.name),
});
