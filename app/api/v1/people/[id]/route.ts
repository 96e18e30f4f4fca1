import { z } from 'zod';
import { changePerson } from '@/lib/commands/people';
import { changePersonBody } from '@/lib/contract/people';
import { route } from '@/lib/http/route';
import { people } from '@/lib/queries/people';

export const PATCH = route({
  permission: 'manage-people',
  params: z.object({ id: z.uuid() }),
  body: changePersonBody,
  run: async ({ db, actor, params, body, requestId }) => {
    await changePerson(db, actor, { id: params.id, change: body }, { requestId });
    return people(db);
  },
});
