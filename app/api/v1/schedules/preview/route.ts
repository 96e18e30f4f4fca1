import { schedulePreviewQuerySchema } from '@/lib/contract/schedules';
import { route } from '@/lib/http/route';
import { nextFires } from '@/lib/queries/schedules';

export const GET = route({
  permission: 'read',
  query: schedulePreviewQuerySchema,
  run: async ({ query }) => ({ nextFires: nextFires(query.cron, query.zone) }),
});
