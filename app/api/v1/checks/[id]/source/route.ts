import { z } from 'zod';
import { route } from '@/lib/http/route';
import { checkSource } from '@/lib/queries/check-source';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.string().max(100) }),
  // The slash in the name of an own check arrives escaped.
  run: ({ db, params }) => checkSource(db, params.id.replace(/%2f/i, '/')),
});
