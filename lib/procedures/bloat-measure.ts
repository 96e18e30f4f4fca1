import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '@/lib/base/errors';
import type { Session } from '@/lib/engine/define-job';
import { InstanceError } from '@/lib/instance/instance-error';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import type { Suspect } from '@/lib/procedures/bloat-suspects';

export type Measured = {
  part: string;
  schema: string;
  table: string;
  index: string | null;
  bytes: number;
  bloatBytes: number;
  bloatPercent: number;
  method: string;
  /**
   * Rows that were written to the table until then, as its statistics count: how much it changed since. Null on a
   * standby, which counts none.
   */
  rowsWritten: number | null;
};

export interface Skipped {
  schema: string;
  table: string;
  index: string | null;
  reason: string;
}

const objectDeadlineMs = 30 * 60_000;
const lockTimeout = '2s';

/**
 * The schema of pgstattuple in this database, where its functions are the extension's own and this login may call
 * them: they ask for no right on the table itself (manual: pgstattuple, pg_stat_scan_tables).
 */
export async function pgstattupleOf(
  session: Session,
): Promise<{ state: 'ready'; schema: string } | { state: 'missing' | 'refused' }> {
  const rows = await session.query(
    `select schema.nspname::text as schema, has_function_privilege(function.oid, 'execute')
       and has_schema_privilege(schema.oid, 'usage') as may
     from pg_extension as extension
     join pg_namespace as schema on schema.oid = extension.extnamespace
     join pg_depend as member on member.refclassid = 'pg_extension'::regclass and member.refobjid = extension.oid
       and member.classid = 'pg_proc'::regclass and member.deptype = 'e'
     join pg_proc as function on function.oid = member.objid
     where extension.extname = 'pgstattuple'
       and function.pronamespace = extension.extnamespace
       and function.proname in ('pgstattuple_approx', 'pgstatindex')
       and function.proargtypes[0] = 'regclass'::regtype`,
  );
  const [first] = rows;
  if (!first || rows.length < 2) return { state: 'missing' };
  return rows.every(({ may }) => may)
    ? { state: 'ready', schema: String(first.schema) }
    : { state: 'refused' };
}

/** The statements by part; `$1` is the table's or index's name. What a fillfactor leaves free on purpose is no dead space. */
export function measureSql(extensionSchema: string): Record<Suspect['part'], string> {
  const schema = quoteIdent(extensionSchema);
  const heap = (relation: string) =>
    `
select
  seen.table_len::float8 as bytes,
  (seen.dead_tuple_len + greatest(0, seen.approx_free_space - seen.table_len * (1 - fill.factor)))::float8 as bloat
from pg_class as class
cross join lateral (
  select coalesce(max(option_value) filter (where option_name = 'fillfactor')::float8, 100) / 100 as factor
  from pg_options_to_table(class.reloptions)
) as fill
cross join lateral ${schema}.pgstattuple_approx(class.oid::regclass) as seen
where class.oid = ${relation}`.trim();
  return {
    table: heap('$1::regclass'),
    toast: heap('(select reltoastrelid from pg_class where oid = $1::regclass)'),
    index: `
select
  seen.index_size::float8 as bytes,
  current_setting('block_size')::float8 * (
    seen.empty_pages + seen.deleted_pages
    + seen.leaf_pages * greatest(0, 1 - coalesce(nullif(seen.avg_leaf_density, 'NaN'), 100) / fill.factor)
  ) as bloat
from pg_class as class
cross join lateral (
  select coalesce(max(option_value) filter (where option_name = 'fillfactor')::float8, 90) as factor
  from pg_options_to_table(class.reloptions)
) as fill
cross join lateral ${schema}.pgstatindex(class.oid::regclass) as seen
where class.oid = $1::regclass`.trim(),
  };
}

const methods: Record<Suspect['part'], string> = {
  table: 'pgstattuple_approx',
  toast: 'pgstattuple_approx',
  index: 'pgstatindex',
};

export interface MeasureOptions {
  session: Session;
  suspects: readonly Suspect[];
  extensionSchema: string;
  /** No faster than this on the whole: after a quick object it pauses. */
  bytesPerSecond: number;
  signal: AbortSignal;
  onObject(done: number, bytes: number, what: string): void;
}

/**
 * Measures one file after the other. A cancel takes hold between two of them (or breaks off the one that runs), and
 * what was measured until then is kept; a file that is locked or gone is left out and said.
 */
export async function measureAll(
  options: MeasureOptions,
): Promise<{ measured: Measured[]; skipped: Skipped[] }> {
  const { session, suspects, signal } = options;
  const statements = measureSql(options.extensionSchema);
  const measured: Measured[] = [];
  const skipped: Skipped[] = [];
  await session.query('set statement_timeout = 0');
  await session.query(`set lock_timeout = '${lockTimeout}'`);
  let readBytes = 0;
  for (const [place, suspect] of suspects.entries()) {
    if (signal.aborted) break;
    const { schema, table, index, part } = suspect;
    const startedAt = performance.now();
    try {
      const name = qualified(schema, index ?? table);
      const [row] = await session.query(statements[part], [name], { deadlineMs: objectDeadlineMs });
      const [counted] = await session.query(
        `select case when pg_is_in_recovery() then null else (n_tup_ins + n_tup_upd + n_tup_del)::float8 end as written
         from pg_stat_all_tables
         where relid = $1::regclass`,
        [qualified(schema, table)],
      );
      if (!row) continue;
      const bytes = Number(row.bytes);
      const bloatBytes = Math.round(Number(row.bloat));
      readBytes += bytes;
      measured.push({
        ...{ part, schema, table, index, bytes, bloatBytes },
        bloatPercent: bytes > 0 ? (100 * bloatBytes) / bytes : 0,
        method: methods[part],
        rowsWritten: typeof counted?.written === 'number' ? counted.written : null,
      });
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof InstanceError) || error.reason === 'dropped') throw error;
      skipped.push({ schema, table, index, reason: messageOf(error) });
    }
    options.onObject(place + 1, readBytes, `${schema}.${index ?? table}`);
    const leastMs = (suspect.bytes / options.bytesPerSecond) * 1000;
    const restMs = leastMs - (performance.now() - startedAt);
    if (restMs > 1 && place < suspects.length - 1) await pause(restMs, undefined, { signal }).catch(() => {});
  }
  return { measured, skipped };
}
