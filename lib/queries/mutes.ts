import type { Mute, MutesQuery } from '@/lib/contract/mutes';
import { titleOfCheck } from '@/lib/queries/findings';
import type { Store } from '@/lib/store/db';
import { listMutes } from '@/lib/store/finding-mutes';

/** What is muted, by whom, why and until when. */
export async function mutes(db: Store, query: MutesQuery): Promise<{ items: Mute[] }> {
  const rows = await listMutes(db, query);
  return {
    items: rows.map(({ key: _key, database, ...row }) => ({
      ...row,
      title: titleOfCheck(row.checkId),
      database: database === '' ? null : database,
    })),
  };
}
