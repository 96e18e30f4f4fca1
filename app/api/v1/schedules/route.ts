import { z } from 'zod';
import { addSchedule } from '@/lib/commands/schedules';
import { newScheduleSchema } from '@/lib/contract/schedules';
import { created, route } from '@/lib/http/route';
import { schedules } from '@/lib/queries/schedules';

export const GET = route({
  permission: 'read',
  query: z.object({ clusterId: z.uuid().optional() }),
  run: ({ db, actor, query }) => schedules(db, actor, query),
});

export const POST = route({
  permission: 'schedule',
  body: newScheduleSchema,
  run: async ({ db, actor, body, requestId }) => created(await addSchedule(db, actor, body, { requestId })),
});
