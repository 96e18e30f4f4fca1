import { addPerson } from '@/lib/commands/people';
import { addPersonBody } from '@/lib/contract/people';
import { created, route } from '@/lib/http/route';
import { people } from '@/lib/queries/people';

export const GET = route({ permission: 'manage-people', run: ({ db }) => people(db) });

export const POST = route({
  permission: 'manage-people',
  body: addPersonBody,
  run: async ({ db, actor, body, requestId }) => created(await addPerson(db, actor, body, { requestId })),
});
