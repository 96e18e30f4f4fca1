import { route } from '@/lib/http/route';
import { consoleDumps } from '@/lib/queries/console-dumps';

export const GET = route({ permission: 'read', run: ({ db }) => consoleDumps(db) });
