import { route } from '@/lib/http/route';
import { checkCatalogue } from '@/lib/queries/checks';

export const GET = route({ permission: 'read', run: ({ db }) => checkCatalogue(db) });
