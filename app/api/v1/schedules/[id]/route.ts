import { z } from 'zod';
import { changeSchedule, removeSchedule } from '@/lib/commands/schedules';
import { changeScheduleSchema } from '@/lib/contract/schedules';
import { route } from '@/lib/http/route';
import { schedule } from '@/lib/queries/schedules';

const params = z.object({ id: z.uuid() });

export const GET = route({
  permission: 'read',
  params,
  run: ({ db, actor, params }) => schedule(db, actor, params.id),
});

export const PATCH = route({
  permission: 'schedule',
  params,
  body: changeScheduleSchema,
  run: ({ db, actor, params, body, requestId }) => changeSchedule(db, actor, params.id, body, { requestId }),
});

export const DELETE = route({
  permission: 'schedule',
  params,
  run: ({ db, actor, params, requestId }) => removeSchedule(db, actor, params.id, { requestId }),
});
