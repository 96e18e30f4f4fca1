import { z } from 'zod';
import { route } from '@/lib/http/route';
import { checkSource } from '@/lib/queries/check-source';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.string().max(100) }),
  run: async ({ params }) => checkSource(params.id),
});
