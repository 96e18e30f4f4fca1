import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

export interface RelationName {
  database: string;
  oid: string;
  schema: string;
  name: string;
}

/** Names of relations by their numbers, as the schema of the instance's cluster was last seen; unknown ones are left out. */
export async function relationNames(
  db: Store,
  instanceId: string,
  wanted: readonly { database: string; oid: string }[],
): Promise<RelationName[]> {
  if (wanted.length === 0) return [];
  const { rows } = await sql<RelationName>`
    select relation.database, relation.oid, relation.schema, relation.name
    from instances as instance
    join schema_relations as relation on relation.cluster_id = instance.cluster_id
    join unnest(${wanted.map(({ database }) => database)}::text[], ${wanted.map(({ oid }) => oid)}::text[])
      as wanted (database, oid) on wanted.database = relation.database and wanted.oid = relation.oid
    where instance.id = ${instanceId}`.execute(db);
  return rows;
}
