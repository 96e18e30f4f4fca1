import type { InstanceSession } from '@/lib/instance/connect';
import { withTransaction } from '@/lib/instance/transaction';
import type { WatchedDatabase } from '@/workers/collector/instance-state';

/** The databases that hold something: templates and those that take no connection are left out. */
export async function readDatabases(session: InstanceSession): Promise<WatchedDatabase[]> {
  const limits = { readOnly: true, statementTimeoutMs: 5_000, lockTimeoutMs: 1_000 };
  const rows = await withTransaction(session, limits, (inner) =>
    inner.query(
      `select datname::text as name, has_database_privilege(oid, 'connect') as may_connect
       from pg_catalog.pg_database
       where datallowconn
         and not datistemplate
       order by datname`,
    ),
  );
  return rows.map((row) => ({ name: String(row.name), mayConnect: row.may_connect === true }));
}

/** The extensions of the database that a session is in. */
export async function readExtensions(session: InstanceSession): Promise<{ name: string; schema: string }[]> {
  const limits = { readOnly: true, statementTimeoutMs: 5_000, lockTimeoutMs: 1_000 };
  const rows = await withTransaction(session, limits, (inner) =>
    inner.query(
      `select e.extname::text as name, n.nspname::text as schema
       from pg_catalog.pg_extension as e
       join pg_catalog.pg_namespace as n on n.oid = e.extnamespace`,
    ),
  );
  return rows.map((row) => ({ name: String(row.name), schema: String(row.schema) }));
}
