import { route } from '@/lib/http/route';
import { jobs } from '@/lib/queries/jobs';

export const GET = route({ permission: 'read', run: ({ actor }) => jobs(actor) });
