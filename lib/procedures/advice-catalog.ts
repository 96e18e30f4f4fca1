import type { Session } from '@/lib/engine/define-job';
import { type IndexDefinition, readDefinition } from '@/lib/procedures/index-definition';

/** A table that statements may be about, with all that advice needs to know of it. */
export interface AdviceTable {
  oid: number;
  schema: string;
  name: string;
  /** As the planner believes. */
  rows: number;
  bytes: number;
  /** Column → its type's name and category (PostgreSQL documentation, pg_type.typcategory). */
  columns: ReadonlyMap<string, { type: string; category: string }>;
  indexes: IndexDefinition[];
  /** Rows inserted, updated and deleted per second since the server counts; null when that is not known. */
  writesPerSecond: number | null;
}

/** Smaller tables are read as quickly without an index. */
const leastRows = 1000;
const tablesAtMost = 5000;

/** The tables of a database that an index may help, as the login sees them. Needs no right on the tables. */
export async function readAdviceTables(session: Session): Promise<AdviceTable[]> {
  const rows = await session.query(
    `select c.oid, n.nspname::text as schema, c.relname::text as name,
       case when c.reltuples >= 0 then c.reltuples else s.n_live_tup end::float8 as rows, pg_relation_size(c.oid)::float8 as bytes,
       (
         select json_agg(json_build_array(a.attname, t.typname, t.typcategory) order by a.attnum)
         from pg_attribute a
         join pg_type t on t.oid = a.atttypid
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       )::text as columns,
       coalesce((
         select json_agg(pg_get_indexdef(i.indexrelid))
         from pg_index i
         where i.indrelid = c.oid and i.indisvalid
       ), '[]')::text as indexes,
       (s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::float8 as writes,
       extract(epoch from now() - greatest(
         (select stats_reset from pg_stat_database where datname = current_database()),
         (select least(b.stats_reset, a.stats_reset) from pg_stat_bgwriter b, pg_stat_archiver a)
       ))::float8 as seconds
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     left join pg_stat_user_tables s on s.relid = c.oid
     where c.relkind in ('r', 'm') and c.relpersistence <> 't'
       and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_toast%'
       and greatest(c.reltuples, s.n_live_tup, 0) >= $1
     order by c.relpages desc
     limit $2`,
    [leastRows, tablesAtMost],
    { deadlineMs: 30_000 },
  );
  return Promise.all(
    rows.map(async (row) => {
      const definitions = await Promise.all(
        (JSON.parse(String(row.indexes)) as string[]).map((text) => readDefinition(text)),
      );
      const columns = JSON.parse(String(row.columns ?? '[]')) as [string, string, string][];
      const seconds = Number(row.seconds ?? 0);
      return {
        oid: Number(row.oid),
        schema: String(row.schema),
        name: String(row.name),
        rows: Number(row.rows),
        bytes: Number(row.bytes),
        columns: new Map(columns.map(([name, type, category]) => [name, { type, category }])),
        indexes: definitions.flatMap((each) => ('reason' in each ? [] : [each])),
        writesPerSecond: row.writes === null || seconds < 1 ? null : Number(row.writes) / seconds,
      };
    }),
  );
}

/** Names of partitioned tables: HypoPG makes no hypothetical index of one, and nobody builds one concurrently. */
export async function partitionedTables(session: Session): Promise<ReadonlySet<string>> {
  const rows = await session.query(
    `select distinct relname::text as name from pg_class where relkind = 'p' and oid >= 16384 limit 10000`,
  );
  return new Set(rows.map(({ name }) => String(name)));
}

/** Finds tables as a statement names them: without a schema `public` comes first, then a name that is there once. */
export function tableFinder(
  tables: readonly AdviceTable[],
): (schema: string | undefined, name: string) => AdviceTable | undefined {
  const byName = new Map<string, AdviceTable[]>();
  for (const table of tables) byName.set(table.name, [...(byName.get(table.name) ?? []), table]);
  return (schema, name) => {
    const found = byName.get(name) ?? [];
    if (schema !== undefined) return found.find((table) => table.schema === schema);
    return found.find((table) => table.schema === 'public') ?? (found.length === 1 ? found[0] : undefined);
  };
}
