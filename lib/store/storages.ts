import { type Insertable, type Selectable, sql } from 'kysely';
import type { Store } from '@/lib/store/db';
import type { Database } from '@/lib/store/schema';

export type StorageRow = Selectable<Database['storages']>;

/** Storages in use, by name. */
export function listStorages(db: Store): Promise<StorageRow[]> {
  return db.selectFrom('storages').selectAll().where('removed_at', 'is', null).orderBy('name').execute();
}

export function findStorage(db: Store, id: string, lock?: 'lock'): Promise<StorageRow | undefined> {
  const query = db.selectFrom('storages').selectAll().where('id', '=', id).where('removed_at', 'is', null);
  return (lock ? query.forUpdate() : query).executeTakeFirst();
}

export async function storageNameTaken(trx: Store, name: string, except?: string): Promise<boolean> {
  let query = trx
    .selectFrom('storages')
    .select('id')
    .where('removed_at', 'is', null)
    .where((e) => e(e.fn<string>('lower', ['name']), '=', name.toLowerCase()));
  if (except) query = query.where('id', '<>', except);
  return (await query.executeTakeFirst()) !== undefined;
}

export async function insertStorage(trx: Store, storage: Insertable<Database['storages']>): Promise<void> {
  await trx.insertInto('storages').values(storage).execute();
}

export async function updateStorage(
  trx: Store,
  id: string,
  change: Partial<Omit<StorageRow, 'id' | 'created_at' | 'updated_at' | 'removed_at'>> & { removed?: true },
): Promise<void> {
  const { removed, ...rest } = change;
  await trx
    .updateTable('storages')
    .set({
      ...rest,
      updated_at: sql<string>`clock_timestamp()`,
      ...(removed && { removed_at: sql<string>`clock_timestamp()` }),
    })
    .where('id', '=', id)
    .execute();
}

/** What stands on each storage: repositories of stanzas, and uploads that are there or under way. */
export async function storageUses(
  db: Store,
): Promise<Map<string, { repositories: string[]; uploads: number; uploadBytes: number; uploading: number }>> {
  const { rows } = await sql<{
    id: string;
    repositories: string[];
    uploads: number;
    uploadBytes: number;
    uploading: number;
  }>`
    select storage.id,
      array(
        select stanza.name || ' of ' || cluster.name
        from stanza_repositories as repository
        join stanzas as stanza on stanza.id = repository.stanza_id
        join clusters as cluster on cluster.id = stanza.cluster_id
        where repository.storage_id = storage.id
          and repository.removed_at is null
          and stanza.state <> 'retired'
        order by 1
      ) as repositories,
      count(upload.id) filter (where upload.state = 'ready')::float8 as uploads,
      coalesce(sum(upload.object_bytes) filter (where upload.state = 'ready'), 0)::float8 as "uploadBytes",
      count(upload.id) filter (where upload.state = 'uploading')::float8 as uploading
    from storages as storage
    left join backup_uploads as upload on upload.storage_id = storage.id
    where storage.removed_at is null
    group by storage.id`.execute(db);
  return new Map(rows.map(({ id, ...uses }) => [id, uses]));
}

/** Hosts of servers that are watched: what a person has let workers reach on their own machine anyway. */
export async function watchedHosts(db: Store): Promise<string[]> {
  const rows = await db
    .selectFrom('instances')
    .select('host')
    .distinct()
    .where('state', '=', 'active')
    .execute();
  return rows.map(({ host }) => host);
}
