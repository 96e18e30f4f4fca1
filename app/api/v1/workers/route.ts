import { route } from '@/lib/http/route';
import { workers } from '@/lib/queries/workers';

export const GET = route({ permission: 'read', run: ({ db }) => workers(db) });
