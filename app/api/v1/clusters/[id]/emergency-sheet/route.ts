import { z } from 'zod';
import { route } from '@/lib/http/route';
import { emergencySheet } from '@/lib/queries/emergency-sheet';

export const GET = route({
  permission: 'read',
  params: z.object({ id: z.uuid() }),
  run: ({ db, params }) => emergencySheet(db, params.id),
});
