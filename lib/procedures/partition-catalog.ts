import { PlumblineError } from '@/lib/base/errors';
import type { Session } from '@/lib/engine/define-job';
import {
  type BoundDomain,
  domainOfType,
  type ParsedBound,
  parseBound,
} from '@/lib/procedures/partition-bounds';

export interface PartitionFact {
  oid: number;
  schema: string;
  name: string;
  isPartitioned: boolean;
  hasOwnRules: boolean;
  boundText: string;
  bound: ParsedBound | undefined;
}

export interface PartitionedTable {
  oid: number;
  owner: string;
  /** The login may act as the owner, and the owner may create in the schema of the newest partition. */
  mayBeOwner: boolean;
  strategy: 'range' | 'list' | 'hash';
  keyColumns: number;
  /** Null where the key is an expression. */
  keyColumn: string | null;
  keyType: string;
  domain: BoundDomain | undefined;
  partitions: PartitionFact[];
}

/** Runs reads with bounds written in UTC and ISO, whatever the server's settings; leaves none of it behind. */
export async function inUtc<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('begin read only');
  try {
    await session.query(`set local timezone = 'UTC'`);
    await session.query(`set local datestyle = 'ISO, YMD'`);
    return await work();
  } finally {
    await session.query('rollback');
  }
}

/**
 * A partitioned table and its direct partitions.
 * @throws PlumblineError `bad-input` when there is none of this name.
 */
export function readPartitionedTable(
  session: Session,
  schema: string,
  table: string,
): Promise<PartitionedTable> {
  return inUtc(session, async () => {
    const [row] = await session.query(
      `select c.oid, p.partstrat::text as strategy, p.partnatts::int4 as columns, a.attname::text as key_column,
         coalesce(format_type(a.atttypid, null), 'an expression') as key_type,
         pg_get_userbyid(c.relowner)::text as owner,
         pg_has_role(c.relowner, case when current_setting('server_version_num')::int4 >= 160000
           then 'SET' else 'MEMBER' end) as may_be_owner
       from pg_partitioned_table p
       join pg_class c on c.oid = p.partrelid
       join pg_namespace n on n.oid = c.relnamespace
       left join pg_attribute a on a.attrelid = c.oid and a.attnum = p.partattrs[0]
       where n.nspname = $1 and c.relname = $2`,
      [schema, table],
    );
    if (!row) {
      throw new PlumblineError(
        'bad-input',
        `There is no partitioned table “${table}” in schema “${schema}”.`,
        {
          fields: { table: 'This is not a partitioned table there.' },
          next: 'Choose one of the database’s partitioned tables.',
        },
      );
    }
    const keyType = String(row.key_type);
    const domain = row.key_column === null ? undefined : domainOfType[keyType];
    const strategies = { r: 'range', l: 'list', h: 'hash' } as const;
    return {
      oid: Number(row.oid),
      owner: String(row.owner),
      mayBeOwner: row.may_be_owner === true,
      strategy: strategies[String(row.strategy) as keyof typeof strategies],
      keyColumns: Number(row.columns),
      keyColumn: row.key_column === null ? null : String(row.key_column),
      keyType,
      domain,
      partitions: await readPartitions(session, Number(row.oid), domain),
    };
  });
}

async function readPartitions(
  session: Session,
  parent: number,
  domain: BoundDomain | undefined,
): Promise<PartitionFact[]> {
  const rows = await session.query(
    `select c.oid, n.nspname::text as schema, c.relname::text as name, c.relkind = 'p' as partitioned,
       c.relacl is not null or c.relrowsecurity or c.reloptions is not null as own_rules,
       pg_get_expr(c.relpartbound, c.oid) as bound
     from pg_inherits i
     join pg_class c on c.oid = i.inhrelid
     join pg_namespace n on n.oid = c.relnamespace
     where i.inhparent = $1::oid and not i.inhdetachpending
     order by c.oid`,
    [parent],
    { deadlineMs: 60_000 },
  );
  return rows.map((row) => ({
    oid: Number(row.oid),
    schema: String(row.schema),
    name: String(row.name),
    isPartitioned: row.partitioned === true,
    hasOwnRules: row.own_rules === true,
    boundText: String(row.bound),
    bound: domain && parseBound(String(row.bound), domain),
  }));
}

/** Which of these names a schema already uses for a relation. */
export async function takenNames(
  session: Session,
  schema: string,
  names: readonly string[],
): Promise<string[]> {
  const rows = await session.query(
    `select c.relname::text as name
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = any ($2::text[])`,
    [schema, names],
  );
  return rows.map((row) => String(row.name));
}

export async function ownerMayCreate(session: Session, owner: string, schema: string): Promise<boolean> {
  const [row] = await session.query(
    `select has_schema_privilege(r.oid, n.oid, 'create') as may
     from pg_roles r, pg_namespace n
     where r.rolname = $1 and n.nspname = $2`,
    [owner, schema],
  );
  return row?.may === true;
}
