import { messageOf } from '@/lib/base/errors';
import type { Session, StepContext } from '@/lib/engine/define-job';
import { qualified } from '@/lib/instance/quote';
import { readDumpCatalog } from '@/lib/procedures/dump-catalog';
import type { PhysicalServer } from '@/lib/procedures/physical-server';
import {
  type DrillCheck,
  forceHeapScans,
  shownList,
  type Verdict,
  validationDeadlineMs,
} from '@/lib/procedures/validation';
import { checkForeignKeys } from '@/lib/procedures/validation-foreign-keys';
import { checkIndexes, checkSequences } from '@/lib/procedures/validation-structures';

/** One table of a copy as it was read: `rows` is null where its heap could not be. */
export interface ReadTable {
  database: string;
  schema: string;
  name: string;
  rows: number | null;
}

export interface Validation {
  checks: DrillCheck[];
  notChecked: string[];
  databases: string[];
  tables: ReadTable[];
  /** Names of relations by their file below the data directory: `base/5/16384`. */
  files: Map<string, string>;
}

const filesKept = 200_000;

type Found = { verdict: Verdict; detail: string };

/** What each check says of each database, put together: one line of a report per check. */
class Findings {
  private readonly byCheck = new Map<string, { database: string; found: Found }[]>();

  add(check: string, database: string, found: Found): void {
    this.byCheck.set(check, [...(this.byCheck.get(check) ?? []), { database, found }]);
  }

  /** The worst of each check, with the databases that are not as they should be named first. */
  checks(): DrillCheck[] {
    return [...this.byCheck].map(([name, all]) => {
      const of = (verdict: Verdict) => all.filter(({ found }) => found.verdict === verdict);
      const bad = [...of('fail'), ...of('partial')];
      const verdict = bad[0]?.found.verdict ?? 'pass';
      const shown = bad.length > 0 ? bad : all;
      const words = shown.map(({ database, found }) => `${database}: ${found.detail}`);
      return { name, verdict, detail: shownList(words, 6) };
    });
  }
}

/** Databases of a copy that people can connect to, templates left out. */
export async function databasesOf(server: Pick<PhysicalServer, 'connect'>): Promise<string[]> {
  const session = await server.connect();
  try {
    const rows = await session.query(
      'select datname::text as name from pg_database where datallowconn and not datistemplate order by 1',
    );
    return rows.map(({ name }) => String(name));
  } finally {
    await session.close();
  }
}

/**
 * Looks at every database of a restored server: each table is read from its heap, foreign keys by anti-join, indexes,
 * sequences, extensions and the order of text. A physical copy is the source bit by bit, so what is not as it should be
 * in it was so in the source at that moment.
 */
export async function validateDatabases(
  ctx: Pick<StepContext, 'progress' | 'signal'>,
  server: PhysicalServer,
): Promise<Validation> {
  const databases = await databasesOf(server);
  const findings = new Findings();
  const validation: Validation = { checks: [], notChecked: [], databases, tables: [], files: new Map() };
  for (const [index, database] of databases.entries()) {
    ctx.signal.throwIfAborted();
    ctx.progress(index, databases.length, 'validating databases');
    try {
      const session = await server.connect(database);
      try {
        await validateOne(session, database, findings, validation);
      } finally {
        await session.close();
      }
    } catch (error) {
      ctx.signal.throwIfAborted();
      findings.add('databases', database, { verdict: 'fail', detail: messageOf(error) });
    }
  }
  validation.checks = findings.checks();
  return validation;
}

async function validateOne(
  session: Session,
  database: string,
  findings: Findings,
  validation: Validation,
): Promise<void> {
  const { notChecked } = validation;
  const add = (check: DrillCheck) => findings.add(check.name, database, check);
  await collectFiles(session, database, validation.files);
  add(await readHeaps(session, database, validation));
  const catalog = await readDumpCatalog(session);
  const keys = await checkForeignKeys(session, catalog.foreignKeys, () => undefined);
  add(keys.check);
  notChecked.push(...keys.notChecked.map((text) => `${database}: ${text}`));
  const indexes = await checkIndexes(session, catalog);
  // A copy holds an invalid index only where the source did: an unfinished CREATE INDEX CONCURRENTLY, for one.
  add(
    indexes.verdict === 'fail'
      ? { ...indexes, verdict: 'partial', detail: `As in the source: ${indexes.detail}` }
      : indexes,
  );
  add(await checkSequences(session, catalog.sequences));
  add(await checkFilesOfExtensions(session));
  const collations = await checkCollations(session, database);
  if (collations) add(collations);
  else notChecked.push(`${database}: the order of text, whose version PostgreSQL keeps since 15 only`);
}

/** Reads every table that survives a crash; unlogged ones are empty in each copy by their nature. */
async function readHeaps(session: Session, database: string, validation: Validation): Promise<DrillCheck> {
  await forceHeapScans(session);
  const tables = await session.query(
    `select n.nspname::text as schema, c.relname::text as name, c.relpersistence = 'u' as unlogged
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm')
       and c.relispopulated
       and c.relpersistence <> 't'
       and n.nspname <> 'information_schema'
       and (n.nspname !~ '^pg_' or n.nspname = 'pg_catalog')
     order by 1, 2`,
  );
  const wrong: string[] = [];
  let read = 0;
  let rows = 0;
  for (const table of tables) {
    const [schema, name] = [String(table.schema), String(table.name)];
    if (table.unlogged === true) {
      validation.notChecked.push(`${database}: ${schema}.${name} is unlogged, so no backup holds its rows`);
      continue;
    }
    const isOwn = schema !== 'pg_catalog';
    try {
      const [row] = await session.query(
        `select count(*)::float8 as count from only ${qualified(schema, name)}`,
        [],
        { deadlineMs: validationDeadlineMs },
      );
      read += 1;
      rows += isOwn ? Number(row?.count) : 0;
      if (isOwn) validation.tables.push({ database, schema, name, rows: Number(row?.count) });
    } catch (error) {
      if (isOwn) validation.tables.push({ database, schema, name, rows: null });
      wrong.push(`${schema}.${name} cannot be read: ${messageOf(error)}`);
    }
  }
  if (wrong.length > 0) return { name: 'heaps', verdict: 'fail', detail: shownList(wrong) };
  return { name: 'heaps', verdict: 'pass', detail: `${read} tables read from their heaps, ${rows} rows.` };
}

async function collectFiles(session: Session, database: string, files: Map<string, string>): Promise<void> {
  if (files.size >= filesKept) return;
  const rows = await session.query(
    `select pg_relation_filepath(c.oid) as path, n.nspname::text as schema, c.relname::text as name
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'i', 't', 'm', 'S') and pg_relation_filepath(c.oid) is not null
     limit 50000`,
  );
  for (const { path, schema, name } of rows) files.set(String(path), `${schema}.${name} in ${database}`);
}

/** Without its files an extension's functions fail: the copy can be read, but not used as the source was. */
async function checkFilesOfExtensions(session: Session): Promise<DrillCheck> {
  const rows = await session.query(
    `select e.extname::text as name, e.extversion as version, a.name is not null as here
     from pg_extension e
     left join pg_available_extensions a on a.name = e.extname
     order by 1`,
  );
  const wrong = rows.filter(({ here }) => here !== true).map(({ name, version }) => `${name} ${version}`);
  if (wrong.length > 0) {
    const detail = `not installed on this worker: ${shownList(wrong)}`;
    return { name: 'extensions', verdict: 'partial', detail };
  }
  return { name: 'extensions', verdict: 'pass', detail: `${rows.length}, with their files on this worker.` };
}

/**
 * Text is sorted by the system's libraries: indexes that were built with another version of them may be in another
 * order here (manual: 24.2.2, ALTER COLLATION … REFRESH VERSION).
 */
async function checkCollations(session: Session, database: string): Promise<DrillCheck | undefined> {
  const [known] = await session.query(
    `select exists (
       select from pg_attribute
       where attrelid = 'pg_catalog.pg_database'::regclass and attname = 'datcollversion'
     ) as has`,
  );
  if (known?.has !== true) return undefined;
  const [row] = await session.query(
    `select datcollversion as source, pg_database_collation_actual_version(oid) as here
     from pg_database where datname = $1`,
    [database],
  );
  const same = (row?.source ?? null) === (row?.here ?? null);
  return same
    ? { name: 'collations', verdict: 'pass', detail: `text is ordered by version ${row?.here ?? 'C'}.` }
    : {
        name: 'collations',
        verdict: 'partial',
        detail: `text was ordered by version ${row?.source}, here it is ${row?.here}: indexes on text may need a rebuild where it is restored.`,
      };
}
