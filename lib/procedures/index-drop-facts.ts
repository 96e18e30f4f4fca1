import { PlumblineError } from '@/lib/base/errors';
import type { ClusterRows, Session } from '@/lib/engine/define-job';
import { readDefinition, standsInFor } from '@/lib/procedures/index-definition';
import { indexesOf } from '@/lib/procedures/index-table';

/** An index that is to go, and all that speaks against it. */
export type DropFacts = {
  oid: number;
  tableOid: number;
  tableSchema: string;
  table: string;
  definition: string;
  bytes: number;
  isValid: boolean;
  isUnique: boolean;
  isPrimary: boolean;
  isReplicaIdentity: boolean;
  isClustered: boolean;
  isPartitioned: boolean;
  isPartition: boolean;
  isSystem: boolean;
  isOwned: boolean;
  owner: string;
  constraint: string | null;
  foreignKey: string | null;
  comment: string | null;
  scans: number;
  idleSeconds: number | null;
};

/**
 * Looks an index up by its exact name.
 * @throws PlumblineError `bad-input` when there is none.
 */
export async function readDropFacts(session: Session, schema: string, index: string): Promise<DropFacts> {
  const [row] = await session.query(
    `select c.oid, t.oid as table_oid, tn.nspname::text as table_schema, t.relname::text as table_name,
       pg_get_indexdef(c.oid) as definition,
       case when c.relkind = 'i' then pg_relation_size(c.oid)::float8 else 0 end as bytes,
       i.indisvalid as valid, i.indisunique as is_unique, i.indisprimary as is_primary,
       i.indisreplident as replica_identity, i.indisclustered as clustered, c.relkind = 'I' as partitioned,
       exists (select from pg_inherits where inhrelid = c.oid) as partition,
       c.oid < 16384 or n.nspname in ('pg_catalog', 'information_schema') as system,
       pg_has_role(c.relowner, 'usage') as owned, pg_get_userbyid(c.relowner)::text as owner,
       (select min(conname::text) from pg_constraint where conindid = c.oid) as "constraint",
       (
         select min(k.conname::text)
         from pg_constraint k
         where k.contype = 'f' and k.conrelid = i.indrelid and i.indnkeyatts >= cardinality(k.conkey)
           and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
       ) as foreign_key,
       obj_description(c.oid, 'pg_class') as comment,
       coalesce(u.idx_scan, 0)::float8 as scans,
       extract(epoch from now() - (to_jsonb(u) ->> 'last_idx_scan')::timestamptz)::float8 as idle
     from pg_index i
     join pg_class c on c.oid = i.indexrelid
     join pg_namespace n on n.oid = c.relnamespace
     join pg_class t on t.oid = i.indrelid
     join pg_namespace tn on tn.oid = t.relnamespace
     left join pg_stat_user_indexes u on u.indexrelid = c.oid
     where n.nspname = $1 and c.relname = $2`,
    [schema, index],
  );
  if (!row) {
    throw new PlumblineError('bad-input', `There is no index “${index}” in schema “${schema}”.`, {
      fields: { index: 'This index does not exist there.' },
      next: 'Choose one of the database’s indexes.',
    });
  }
  const text = (value: unknown) => (value === null ? null : String(value));
  return {
    oid: Number(row.oid),
    tableOid: Number(row.table_oid),
    tableSchema: String(row.table_schema),
    table: String(row.table_name),
    definition: String(row.definition),
    bytes: Number(row.bytes),
    isValid: row.valid === true,
    isUnique: row.is_unique === true,
    isPrimary: row.is_primary === true,
    isReplicaIdentity: row.replica_identity === true,
    isClustered: row.clustered === true,
    isPartitioned: row.partitioned === true,
    isPartition: row.partition === true,
    isSystem: row.system === true,
    isOwned: row.owned === true,
    owner: String(row.owner),
    constraint: text(row.constraint),
    foreignKey: text(row.foreign_key),
    comment: text(row.comment),
    scans: Number(row.scans),
    idleSeconds: row.idle === null ? null : Number(row.idle),
  };
}

/** A valid index of the table that does all that this one does; undefined when there is none. */
export async function standInOf(session: Session, facts: DropFacts): Promise<string | undefined> {
  const wanted = await readDefinition(facts.definition);
  if ('reason' in wanted) return undefined;
  for (const other of await indexesOf(session, facts.tableOid)) {
    if (other.oid === facts.oid || !other.isValid) continue;
    const existing = await readDefinition(other.definition);
    if (!('reason' in existing) && standsInFor(existing, wanted)) return other.name;
  }
  return undefined;
}

/** What the servers of the cluster counted of one index at their last reading, a row per server. */
export function usageRows(
  servers: readonly ClusterRows[],
  index: { schema: string; index: string },
): {
  instance: string;
  role: string;
  at: string;
  scans: number | null;
  usage: string | null;
  verdict: string | null;
}[] {
  return servers.map(({ instanceName, role, observedAt, rows }) => {
    const row = rows.find((each) => each.schema === index.schema && each.index === index.index);
    return {
      instance: instanceName,
      role,
      at: observedAt,
      scans: row ? Number(row.scans) : null,
      usage: row ? String(row.usage ?? '') : null,
      verdict: row ? String(row.verdict ?? '') : null,
    };
  });
}
