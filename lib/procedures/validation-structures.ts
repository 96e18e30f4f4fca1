import { messageOf } from '@/lib/base/errors';
import type { Session } from '@/lib/engine/define-job';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import type { DumpCatalog, SequenceFact } from '@/lib/procedures/dump-catalog';
import { type DrillCheck, pairKey, shownList, validationDeadlineMs } from '@/lib/procedures/validation';

/** Every index that was valid in the source is there and valid. */
export async function checkIndexes(session: Session, catalog: DumpCatalog): Promise<DrillCheck> {
  const rows = await session.query(
    `select n.nspname::text as schema, c.relname::text as name, i.indisvalid as valid
     from pg_index i
     join pg_class c on c.oid = i.indexrelid
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
  );
  const wrong = rows.filter((row) => row.valid !== true).map((row) => `${row.schema}.${row.name} is invalid`);
  const restored = new Set(rows.map((row) => pairKey(String(row.schema), String(row.name))));
  for (const [schema, name] of catalog.indexes) {
    if (!restored.has(pairKey(schema, name))) wrong.push(`${schema}.${name} is missing`);
  }
  if (wrong.length > 0) return { name: 'indexes', verdict: 'fail', detail: shownList(wrong) };
  return { name: 'indexes', verdict: 'pass', detail: `${rows.length} indexes, all valid, none missing.` };
}

/** Extensions have the version that the source had; another one may behave differently. */
export async function checkExtensions(session: Session, catalog: DumpCatalog): Promise<DrillCheck> {
  const rows = await session.query('select extname::text as name, extversion as version from pg_extension');
  const restored = new Map(rows.map((row) => [String(row.name), String(row.version)]));
  const wrong: string[] = [];
  for (const { name, version } of catalog.extensions) {
    const here = restored.get(name);
    if (here === undefined) wrong.push(`${name} ${version} is not installed on this worker`);
    else if (here !== version) wrong.push(`${name} is ${here} here, ${version} in the source`);
  }
  if (wrong.length > 0) return { name: 'extensions', verdict: 'partial', detail: shownList(wrong) };
  return {
    name: 'extensions',
    verdict: 'pass',
    detail: `${catalog.extensions.length} with the source’s versions.`,
  };
}

/** Extensions of the backup that the scratch server has no files of: what depends on them cannot be restored. */
export async function missingExtensions(session: Session, catalog: DumpCatalog): Promise<string[]> {
  const rows = await session.query('select name::text as name from pg_available_extensions');
  const available = new Set(rows.map((row) => String(row.name)));
  return catalog.extensions.map(({ name }) => name).filter((name) => !available.has(name));
}

/**
 * A restored sequence is not behind the one in the source, and not behind the column that it fills: else the next
 * insert takes a key that exists. Behind the column in the source as well is the source's fault: `partial`.
 */
export async function checkSequences(
  session: Session,
  sequences: readonly SequenceFact[],
): Promise<DrillCheck> {
  const wrong: string[] = [];
  const behind: string[] = [];
  for (const sequence of sequences) {
    const name = `${sequence.schema}.${sequence.name}`;
    try {
      const problem = await sequenceProblem(session, sequence);
      if (problem?.isRestore) wrong.push(`${name} ${problem.text}`);
      else if (problem) behind.push(`${name} ${problem.text}`);
    } catch (error) {
      wrong.push(`${name} cannot be read: ${messageOf(error)}`);
    }
  }
  if (wrong.length > 0)
    return { name: 'sequences', verdict: 'fail', detail: shownList([...wrong, ...behind]) };
  if (behind.length > 0) {
    return { name: 'sequences', verdict: 'partial', detail: `As in the source: ${shownList(behind)}` };
  }
  return { name: 'sequences', verdict: 'pass', detail: `${sequences.length}, none behind its column.` };
}

async function sequenceProblem(
  session: Session,
  sequence: SequenceFact,
): Promise<{ text: string; isRestore: boolean } | undefined> {
  const [state] = await session.query(
    `select case when is_called then last_value::text end as value from ${qualified(sequence.schema, sequence.name)}`,
  );
  const last = state?.value === null || state?.value === undefined ? null : BigInt(String(state.value));
  const direction = sequence.increment.startsWith('-') ? -1n : 1n;
  const isBehind = (mark: bigint) => last === null || last * direction < mark * direction;
  if (sequence.lastValue !== null && isBehind(BigInt(sequence.lastValue))) {
    return { text: `is at ${last ?? 'its start'}, the source was at ${sequence.lastValue}`, isRestore: true };
  }
  if (!sequence.owner) return undefined;
  const { schema, table, column } = sequence.owner;
  const edge = direction === 1n ? 'max' : 'min';
  const [row] = await session.query(
    `select case when pg_typeof(${edge}(${quoteIdent(column)})) in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
       then ${edge}(${quoteIdent(column)})::text end as edge
     from ${qualified(schema, table)}`,
    [],
    { deadlineMs: validationDeadlineMs },
  );
  if (row?.edge === null || row?.edge === undefined || !isBehind(BigInt(String(row.edge)))) return undefined;
  return {
    text: `is at ${last ?? 'its start'}, column ${column} of ${schema}.${table} at ${row.edge}`,
    isRestore: false,
  };
}
