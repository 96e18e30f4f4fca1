import { route } from '@/lib/http/route';
import { account } from '@/lib/queries/people';

export const GET = route({ permission: 'own-account', run: ({ db, actor }) => account(db, actor) });
