import type { Insertable } from 'kysely';
import type { Store } from '@/lib/store/db';
import type { Database } from '@/lib/store/schema';

export async function insertStanza(trx: Store, row: Insertable<Database['stanzas']>): Promise<void> {
  await trx.insertInto('stanzas').values(row).execute();
}

export async function insertRepository(
  trx: Store,
  row: Insertable<Database['stanza_repositories']>,
): Promise<void> {
  await trx.insertInto('stanza_repositories').values(row).execute();
}

/** From then on the console does nothing with it; its backups stay in the list. */
export async function retireStanza(trx: Store, id: string): Promise<void> {
  const updated_at = new Date().toISOString();
  await trx.updateTable('stanzas').set({ state: 'retired', updated_at }).where('id', '=', id).execute();
}

/** The highest number that a repository of a stanza ever had: a number is never given twice. */
export async function lastOrdinal(trx: Store, stanzaId: string): Promise<number> {
  const row = await trx
    .selectFrom('stanza_repositories')
    .select((e) => e.fn.max('ordinal').as('last'))
    .where('stanza_id', '=', stanzaId)
    .executeTakeFirst();
  return Number(row?.last ?? 0);
}

/** How many physical backups of a cluster can be restored, as the catalogue says. */
export async function countPhysicalBackups(db: Store, clusterId: string): Promise<number> {
  const row = await db
    .selectFrom('backups')
    .select((e) => e.fn.countAll<string>().as('count'))
    .where('cluster_id', '=', clusterId)
    .where('type', '=', 'physical')
    .where('state', '=', 'ready')
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}
