import { route } from '@/lib/http/route';
import { fleet } from '@/lib/queries/fleet';

export const GET = route({ permission: 'read', run: ({ db }) => fleet(db) });
