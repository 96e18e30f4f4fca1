import { messageOf } from '@/lib/base/errors';
import type { Session } from '@/lib/engine/define-job';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import type { ForeignKey } from '@/lib/procedures/dump-catalog';
import {
  type DrillCheck,
  forceHeapScans,
  pairKey,
  partitionedTables,
  shownList,
  validationDeadlineMs,
} from '@/lib/procedures/validation';

/** An operator's name is made of these alone (PostgreSQL documentation, 4.1.3); it cannot be quoted. */
const operatorName = /^[-+*/<>=~!@#%^&|`?]{1,63}$/;

/**
 * Rows that refer to nothing. Of a key that is not MATCH FULL a row with any null column refers to nothing by
 * right (PostgreSQL documentation, CREATE TABLE, REFERENCES).
 */
function orphanQuery(key: ForeignKey, partitioned: ReadonlySet<string>): string {
  const source = (schema: string, table: string) =>
    `${partitioned.has(pairKey(schema, table)) ? '' : 'only '}${qualified(schema, table)}`;
  const columns = key.columns.map((column) => `c.${quoteIdent(column)}`);
  const matches = columns.map((column, index) => {
    const [schema, name] = key.operators[index] ?? ['', ''];
    if (!operatorName.test(name)) throw new Error(`no operator compares column ${key.columns[index]}`);
    return `p.${quoteIdent(key.refColumns[index] ?? '')} operator(${quoteIdent(schema)}.${name}) ${column}`;
  });
  const whole = columns.map((column) => `${column} is not null`).join(' and ');
  const some = columns.map((column) => `${column} is not null`).join(' or ');
  const refers = `(${whole}) and not exists (
      select from ${source(key.refSchema, key.refTable)} p where ${matches.join(' and ')})`;
  const where = key.matchFull ? `(${refers}) or ((${some}) and not (${whole}))` : refers;
  return `select ${columns.map((column) => `${column}::text`).join(` || ', ' || `)} as key
    from ${source(key.schema, key.table)} c
    where ${where}`;
}

/**
 * Looks for orphans of each foreign key that the backup knows of, whether or not the restored database has the
 * constraint: VALIDATE CONSTRAINT does nothing on a key that is marked valid.
 */
export async function checkForeignKeys(
  session: Session,
  keys: readonly ForeignKey[],
  onKey: (done: number) => void,
): Promise<{ check: DrillCheck; notChecked: string[] }> {
  await forceHeapScans(session);
  const partitioned = await partitionedTables(session);
  const present = await session.query(
    `select json_build_array(n.nspname, c.relname, k.conname)::text as key, k.convalidated as validated
     from pg_constraint k
     join pg_class c on c.oid = k.conrelid
     join pg_namespace n on n.oid = c.relnamespace
     where k.contype = 'f'`,
  );
  const restored = new Map(present.map((row) => [canonical(String(row.key)), row.validated === true]));
  const wrong: string[] = [];
  const notChecked: string[] = [];
  for (const [index, key] of keys.entries()) {
    onKey(index);
    const name = `${key.name} on ${key.schema}.${key.table}`;
    if (key.period) {
      notChecked.push(`foreign key ${name}: it compares periods`);
      continue;
    }
    try {
      const orphans = orphanQuery(key, partitioned);
      const [row] = await session.query(
        `select count(*)::float8 as count, (select json_agg(s.key) from (select o.key from o limit 3) s)::text as sample
         from o`.replace(/^/, `with o as materialized (${orphans}) `),
        [],
        { deadlineMs: validationDeadlineMs },
      );
      const count = Number(row?.count);
      const validated = restored.get(canonical(JSON.stringify([key.schema, key.table, key.name])));
      if (count > 0 && key.validated) {
        const sample = (JSON.parse(String(row?.sample)) as (string | null)[])
          .map((value) => `(${value})`)
          .join(', ');
        wrong.push(
          `${name}: ${count} rows refer to no row of ${key.refSchema}.${key.refTable}, such as ${sample}`,
        );
      } else if (count > 0) {
        notChecked.push(
          `foreign key ${name}: not valid in the source either, ${count} rows refer to nothing`,
        );
      } else if (validated === undefined) {
        wrong.push(`${name} is missing`);
      } else if (key.validated && !validated) {
        wrong.push(`${name} is not valid`);
      }
    } catch (error) {
      wrong.push(`${name} cannot be checked: ${messageOf(error)}`);
    }
  }
  const check: DrillCheck =
    wrong.length > 0
      ? { name: 'foreign-keys', verdict: 'fail', detail: shownList(wrong) }
      : {
          name: 'foreign-keys',
          verdict: 'pass',
          detail: `${keys.length - notChecked.length} keys, no orphans.`,
        };
  return { check, notChecked };
}

/** The server writes JSON with blanks, we without. */
function canonical(json: string): string {
  return JSON.stringify(JSON.parse(json));
}
