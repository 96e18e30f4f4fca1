import { route } from '@/lib/http/route';
import { runbooks } from '@/lib/queries/runbooks';

export const GET = route({ permission: 'read', run: ({ db }) => runbooks(db) });
