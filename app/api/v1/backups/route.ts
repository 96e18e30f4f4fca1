import { backupsQuerySchema } from '@/lib/contract/backups';
import { route } from '@/lib/http/route';
import { backups } from '@/lib/queries/backups';

export const GET = route({
  permission: 'read',
  query: backupsQuerySchema,
  run: ({ db, query }) => backups(db, query),
});
