import { route } from '@/lib/http/route';
import { approvals } from '@/lib/queries/approvals';

export const GET = route({ permission: 'read', run: ({ db, actor }) => approvals(db, actor) });
