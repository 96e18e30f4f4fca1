import { sql } from 'kysely';
import type { KnownFile } from '@/lib/engine/define-job';
import type { SchemaRelation } from '@/lib/engine/schema-changes';
import type { Store } from '@/lib/store/db';

interface Place {
  clusterId: string;
  database: string;
  databaseOid: string;
}

/** Files that were given up so long ago are in no archive any more. */
const keptDays = 400;

/** Tables and materialized views: what people look for. Indexes go with them. */
const kinds = new Set(['r', 'm']);

/**
 * Keeps which file each table has since when; what was given up meanwhile ends at this look. Nothing is written while
 * nothing has changed.
 */
export async function putRelationFiles(
  trx: Store,
  place: Place,
  relations: readonly SchemaRelation[],
  at: string,
): Promise<void> {
  const now = relations.flatMap(({ oid, schema, name, kind, file }) =>
    kinds.has(kind) && file && file.filenode !== '0'
      ? [{ oid, schema, name, kind, filenode: file.filenode, tablespace: file.tablespaceOid }]
      : [],
  );
  await sql`
    with here as (
      select oid, schema, name, kind, filenode, tablespace
      from jsonb_to_recordset(${JSON.stringify(now)}::jsonb)
        as new (oid text, schema text, name text, kind text, filenode text, tablespace text)
    ),
    ended as (
      update relation_files as old
      set seen_until = ${at}::timestamptz
      where old.cluster_id = ${place.clusterId}
        and old.database = ${place.database}
        and old.seen_until is null
        and not exists (
          select
          from here
          where here.oid = old.oid
            and here.filenode = old.filenode
            and here.schema = old.schema
            and here.name = old.name
            and old.database_oid = ${place.databaseOid}
        )
    )
    insert into relation_files (cluster_id, database, database_oid, oid, schema, name, kind, tablespace_oid, filenode, seen_from)
    select ${place.clusterId}::uuid, ${place.database}, ${place.databaseOid}, oid, schema, name, kind, tablespace, filenode, ${at}::timestamptz
    from here
    where not exists (
      select
      from relation_files as old
      where old.cluster_id = ${place.clusterId}
        and old.database_oid = ${place.databaseOid}
        and old.oid = here.oid
        and old.filenode = here.filenode
        and old.schema = here.schema
        and old.name = here.name
        and old.seen_until is null
    )
    on conflict do nothing`.execute(trx);
  await sql`
    delete from relation_files
    where cluster_id = ${place.clusterId}
      and seen_until < now() - make_interval(days => ${keptDays})`.execute(trx);
}

/** Files of the tables of a database, also of those that are gone; the newest first. */
export async function relationFiles(
  db: Store,
  clusterId: string,
  database: string,
  limit = 50_000,
): Promise<KnownFile[]> {
  const { rows } = await sql<KnownFile>`
    select database_oid as "databaseOid", oid, schema || '.' || name as "table", filenode,
      seen_from as "seenFrom", seen_until as "seenUntil"
    from relation_files
    where cluster_id = ${clusterId}
      and database = ${database}
    order by coalesce(seen_until, 'infinity') desc, seen_from desc
    limit ${limit}`.execute(db);
  return rows;
}
