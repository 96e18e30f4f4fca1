import { sql } from 'kysely';
import type { SchemaRelation } from '@/lib/engine/schema-changes';
import type { Store } from '@/lib/store/db';

export interface SchemaPlace {
  clusterId: string;
  database: string;
}

export interface StoredSchema {
  databaseOid: string;
  timeline: number;
  extensions: Record<string, string>;
  observedAt: string;
}

/** The last that was stored of a database's schema, held until the transaction ends; undefined before the first look. */
export async function lockSchema(db: Store, place: SchemaPlace): Promise<StoredSchema | undefined> {
  const { rows } = await sql<StoredSchema>`
    select database_oid as "databaseOid", timeline, extensions, observed_at as "observedAt"
    from schema_snapshots
    where cluster_id = ${place.clusterId}
      and database = ${place.database}
    for update`.execute(db);
  return rows[0];
}

export async function storedRelations(db: Store, place: SchemaPlace): Promise<SchemaRelation[]> {
  return db
    .selectFrom('schema_relations')
    .select(['oid', 'schema', 'name', 'kind', 'hash', 'definition'])
    .where('cluster_id', '=', place.clusterId)
    .where('database', '=', place.database)
    .execute();
}

/** Stores what a look saw; of relations only those that have changed since. */
export async function putSchema(
  db: Store,
  place: SchemaPlace,
  schema: StoredSchema,
  changed: readonly SchemaRelation[],
  goneOids: readonly string[],
): Promise<void> {
  const { databaseOid, timeline, extensions, observedAt } = schema;
  const row = {
    database_oid: databaseOid,
    timeline,
    extensions: JSON.stringify(extensions),
    observed_at: observedAt,
  };
  await db
    .insertInto('schema_snapshots')
    .values({ cluster_id: place.clusterId, database: place.database, ...row })
    .onConflict((conflict) => conflict.columns(['cluster_id', 'database']).doUpdateSet(row))
    .execute();
  if (goneOids.length > 0) {
    await sql`
      delete from schema_relations
      where cluster_id = ${place.clusterId}
        and database = ${place.database}
        and oid = any (${[...goneOids]}::text[])`.execute(db);
  }
  if (changed.length === 0) return;
  await sql`
    insert into schema_relations (cluster_id, database, oid, schema, name, kind, hash, definition)
    select ${place.clusterId}::uuid, ${place.database}, oid, schema, name, kind, hash, definition
    from jsonb_to_recordset(${JSON.stringify(changed)}::jsonb)
      as new (oid text, schema text, name text, kind text, hash text, definition jsonb)
    on conflict (cluster_id, database, oid) do update
    set schema = excluded.schema,
        name = excluded.name,
        kind = excluded.kind,
        hash = excluded.hash,
        definition = excluded.definition`.execute(db);
}

/** Says that nothing has changed until this moment. */
export async function touchSchema(db: Store, place: SchemaPlace, at: string): Promise<void> {
  await db
    .updateTable('schema_snapshots')
    .set({ observed_at: at })
    .where('cluster_id', '=', place.clusterId)
    .where('database', '=', place.database)
    .execute();
}

/** Forgets databases that are there no longer, or are others under an old name: name → oid of those that are there. */
export async function forgetSchemas(
  db: Store,
  clusterId: string,
  databases: Readonly<Record<string, string>>,
): Promise<void> {
  await sql`
    delete from schema_snapshots as old
    where old.cluster_id = ${clusterId}
      and not exists (
        select
        from jsonb_each_text(${JSON.stringify(databases)}::jsonb) as here
        where here.key = old.database
          and here.value = old.database_oid
      )`.execute(db);
}
