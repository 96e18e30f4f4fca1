import { route } from '@/lib/http/route';
import { nowState } from '@/lib/queries/now';

export const GET = route({ permission: 'read', run: ({ db }) => nowState(db) });
