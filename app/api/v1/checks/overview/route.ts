import { route } from '@/lib/http/route';
import { checksOverview } from '@/lib/queries/checks-overview';

export const GET = route({ permission: 'read', run: ({ db }) => checksOverview(db) });
