import { type Selectable, sql } from 'kysely';
import type { Store } from '@/lib/store/db';
import type { Database } from '@/lib/store/schema';

/** A PgBouncer with its sealed secret: only workers may read that column. */
export type SealedPooler = Selectable<Database['poolers']>;
export type PoolerRow = Omit<SealedPooler, 'sealed'>;

const plainColumns = [
  'id',
  'cluster_id',
  'instance_id',
  'name',
  'host',
  'port',
  'tls_mode',
  'tls_ca',
  'username',
  'key_id',
  'created_at',
  'updated_at',
  'removed_at',
] as const;

export async function insertPooler(
  trx: Store,
  pooler: Omit<SealedPooler, 'created_at' | 'updated_at' | 'removed_at'>,
): Promise<void> {
  await trx.insertInto('poolers').values(pooler).execute();
}

export function findPooler(db: Store, id: string): Promise<PoolerRow | undefined> {
  return db
    .selectFrom('poolers')
    .select([...plainColumns])
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
}

/** Those of one server, and those that stand before the primary of its cluster, by name. */
export function poolersOf(db: Store, instance: { id: string; clusterId: string }): Promise<PoolerRow[]> {
  return db
    .selectFrom('poolers')
    .select([...plainColumns])
    .where('removed_at', 'is', null)
    .where((e) =>
      e.or([
        e('instance_id', '=', instance.id),
        e.and([e('instance_id', 'is', null), e('cluster_id', '=', instance.clusterId)]),
      ]),
    )
    .orderBy('name')
    .execute();
}

/** Those that are asked beside an instance: its own, and while it is primary those that follow the primary. */
export function poolersToAsk(db: Store, instanceId: string): Promise<SealedPooler[]> {
  return db
    .selectFrom('poolers as pooler')
    .innerJoin('instances as instance', (join) => join.on('instance.id', '=', instanceId))
    .selectAll('pooler')
    .where('pooler.removed_at', 'is', null)
    .where((e) =>
      e.or([
        e('pooler.instance_id', '=', e.ref('instance.id')),
        e.and([
          e('pooler.instance_id', 'is', null),
          e('pooler.cluster_id', '=', e.ref('instance.cluster_id')),
          e('instance.role', '=', 'primary'),
        ]),
      ]),
    )
    .orderBy('pooler.name')
    .execute();
}

/** One with its secret, for the worker that asks it; undefined when it was taken away. */
export function sealedPooler(db: Store, id: string): Promise<SealedPooler | undefined> {
  return db
    .selectFrom('poolers')
    .selectAll()
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
}

/** Takes it away; nothing is asked of it any more, and its secret is overwritten. */
export async function removePoolerRow(trx: Store, id: string): Promise<void> {
  await trx
    .updateTable('poolers')
    .set({ removed_at: sql<string>`clock_timestamp()`, sealed: Buffer.alloc(0) })
    .where('id', '=', id)
    .execute();
}

export async function poolerNameTaken(trx: Store, clusterId: string, name: string): Promise<boolean> {
  const row = await trx
    .selectFrom('poolers')
    .select('id')
    .where('cluster_id', '=', clusterId)
    .where('removed_at', 'is', null)
    .where((e) => e(e.fn<string>('lower', ['name']), '=', name.toLowerCase()))
    .executeTakeFirst();
  return row !== undefined;
}
