import { PlumblineError } from '@/lib/base/errors';
import type { Session } from '@/lib/engine/define-job';

/** An index and its table as they are at this moment. */
export type IndexFacts = {
  oid: number;
  relfilenode: number;
  bytes: number;
  tableOid: number;
  tableSchema: string;
  tableName: string;
  tableBytes: number;
  isValid: boolean;
};

/** Why this index cannot be rebuilt concurrently at all. */
export interface IndexLimits {
  isPartitioned: boolean;
  isExclusion: boolean;
  isSystem: boolean;
  isTemporary: boolean;
  mayRebuild: boolean;
  owner: string;
}

/**
 * Looks an index up by its exact name.
 * @throws PlumblineError `bad-input` when there is none.
 */
export async function readIndex(
  session: Session,
  schema: string,
  index: string,
): Promise<{ facts: IndexFacts; limits: IndexLimits }> {
  const [row] = await session.query(
    `select c.oid, coalesce(pg_relation_filenode(c.oid), 0) as relfilenode, c.relkind = 'I' as partitioned,
       case when c.relkind = 'i' then pg_relation_size(c.oid)::float8 else 0 end as bytes,
       t.oid as table_oid, tn.nspname::text as table_schema, t.relname::text as table_name,
       pg_table_size(t.oid)::float8 as table_bytes, i.indisvalid as valid, i.indisexclusion as exclusion,
       c.oid < 16384 or n.nspname in ('pg_catalog', 'information_schema') as system,
       c.relpersistence = 't' as temporary, pg_get_userbyid(c.relowner)::text as owner,
       pg_has_role(c.relowner, 'usage') as owns
     from pg_index i
     join pg_class c on c.oid = i.indexrelid
     join pg_namespace n on n.oid = c.relnamespace
     join pg_class t on t.oid = i.indrelid
     join pg_namespace tn on tn.oid = t.relnamespace
     where n.nspname = $1 and c.relname = $2`,
    [schema, index],
  );
  if (!row) {
    throw new PlumblineError('bad-input', `There is no index “${index}” in schema “${schema}”.`, {
      fields: { index: 'This index does not exist there.' },
      next: 'Choose one of the database’s indexes.',
    });
  }
  return {
    facts: {
      oid: Number(row.oid),
      relfilenode: Number(row.relfilenode),
      bytes: Number(row.bytes),
      tableOid: Number(row.table_oid),
      tableSchema: String(row.table_schema),
      tableName: String(row.table_name),
      tableBytes: Number(row.table_bytes),
      isValid: row.valid === true,
    },
    limits: {
      isPartitioned: row.partitioned === true,
      isExclusion: row.exclusion === true,
      isSystem: row.system === true,
      isTemporary: row.temporary === true,
      mayRebuild: row.owns === true || (await mayMaintain(session, Number(row.table_oid))),
      owner: String(row.owner),
    },
  };
}

/** MAINTAIN is a right of its own from 17 on; asking an older server for it is an error. */
async function mayMaintain(session: Session, tableOid: number): Promise<boolean> {
  const [version] = await session.query(`select current_setting('server_version_num')::int4 as num`);
  if (Number(version?.num) < 170_000) return false;
  const [row] = await session.query(`select has_table_privilege($1::oid, 'MAINTAIN') as may`, [tableOid]);
  return row?.may === true;
}

/** Oids of all indexes of a table: what was there before is never taken for a leftover of ours. */
export async function indexOids(session: Session, tableOid: number): Promise<number[]> {
  const rows = await session.query(
    'select indexrelid as oid from pg_index where indrelid = $1::oid order by 1',
    [tableOid],
  );
  return rows.map((row) => Number(row.oid));
}

/**
 * Transactions that a concurrent rebuild waits for: any in this database that holds a snapshot or is open, since
 * one that began before may still need the old index (PostgreSQL documentation, REINDEX, Rebuilding Indexes
 * Concurrently). Without statements: those hold literals.
 */
export async function olderTransactions(session: Session): Promise<(string | number | null)[][]> {
  const rows = await session.query(
    `select pid, coalesce(usename::text, backend_type) as login, application_name as application, state,
       extract(epoch from clock_timestamp() - xact_start)::float8 as seconds,
       concat_ws(': ', wait_event_type, wait_event) as waits
     from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()
       and (backend_xmin is not null or backend_xid is not null or (xact_start is not null and state <> 'idle'))
       and backend_type <> 'autovacuum worker'
     order by xact_start
     limit 50`,
  );
  return rows.map((row) => [
    Number(row.pid),
    row.login === null ? null : String(row.login),
    String(row.application ?? ''),
    row.state === null ? null : String(row.state),
    row.seconds === null ? null : Math.round(Number(row.seconds)),
    String(row.waits ?? ''),
  ]);
}

/** Without pg_read_all_stats the server shows nobody else's transactions: an empty list would be a lie. */
export async function seesOthers(session: Session): Promise<boolean> {
  const [row] = await session.query(`select pg_has_role('pg_read_all_stats', 'usage') as sees`);
  return row?.sees === true;
}

/** Transactions that are prepared in this database hold their locks until somebody ends them. */
export async function preparedTransactions(session: Session): Promise<number> {
  const [row] = await session.query(
    'select count(*)::float8 as count from pg_prepared_xacts where database = current_database()',
  );
  return Number(row?.count);
}
