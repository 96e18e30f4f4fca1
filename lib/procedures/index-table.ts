import { PlumblineError } from '@/lib/base/errors';
import type { Session } from '@/lib/engine/define-job';

/** A table that is to get an index, as it is at this moment. */
export interface TableFacts {
  oid: number;
  schema: string;
  table: string;
  /** `schema.table`, for sentences. */
  name: string;
  owner: string;
  isOwned: boolean;
  /** An index lies in its table's schema, which takes a right of its own. */
  mayCreate: boolean;
  login: string;
  isPartitioned: boolean;
  holdsRows: boolean;
  isSystem: boolean;
  isTemporary: boolean;
  bytes: number;
  /** As the planner believes; −1 before the first ANALYZE. */
  rows: number;
  columns: ReadonlySet<string>;
  /** Relations of the schema: an index shares their names. */
  namesInSchema: ReadonlySet<string>;
}

export interface TableIndex {
  oid: number;
  name: string;
  definition: string;
  bytes: number;
  isValid: boolean;
}

/**
 * Looks a table up by its exact name.
 * @throws PlumblineError `bad-input` when there is none.
 */
export async function readTable(session: Session, schema: string, table: string): Promise<TableFacts> {
  const [row] = await session.query(
    `select c.oid, c.relkind::text as kind, pg_get_userbyid(c.relowner)::text as owner,
       pg_has_role(c.relowner, 'usage') as owned, has_schema_privilege(n.oid, 'create') as may_create,
       current_user::text as login, c.relpersistence::text as persistence,
       c.oid < 16384 or n.nspname in ('pg_catalog', 'information_schema') as system,
       pg_table_size(c.oid)::float8 as bytes, c.reltuples::float8 as rows,
       array_to_json(array(
         select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
       ))::text as columns,
       array_to_json(array(select relname::text from pg_class where relnamespace = n.oid))::text as names
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'm', 'v', 'f')`,
    [schema, table],
  );
  if (!row) {
    const sentence = `There is no table “${table}” in schema “${schema}”.`;
    throw new PlumblineError('bad-input', sentence, { fields: { definition: sentence } });
  }
  return {
    oid: Number(row.oid),
    schema,
    table,
    name: `${schema}.${table}`,
    owner: String(row.owner),
    isOwned: row.owned === true,
    mayCreate: row.may_create === true,
    login: String(row.login),
    isPartitioned: row.kind === 'p',
    holdsRows: row.kind === 'r' || row.kind === 'm',
    isSystem: row.system === true,
    isTemporary: row.persistence === 't',
    bytes: Number(row.bytes),
    rows: Number(row.rows),
    columns: new Set(JSON.parse(String(row.columns)) as string[]),
    namesInSchema: new Set(JSON.parse(String(row.names)) as string[]),
  };
}

/** All indexes of a table with their definitions as the server writes them. */
export async function indexesOf(session: Session, tableOid: number): Promise<TableIndex[]> {
  const rows = await session.query(
    `select c.oid, c.relname::text as name, pg_get_indexdef(c.oid) as definition,
       case when c.relkind = 'i' then pg_relation_size(c.oid)::float8 else 0 end as bytes, i.indisvalid as valid
     from pg_index i
     join pg_class c on c.oid = i.indexrelid
     where i.indrelid = $1::oid
     order by c.oid`,
    [tableOid],
  );
  return rows.map((row) => ({
    oid: Number(row.oid),
    name: String(row.name),
    definition: String(row.definition),
    bytes: Number(row.bytes),
    isValid: row.valid === true,
  }));
}
