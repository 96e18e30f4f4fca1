import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** What names a statement on an instance: pg_stat_statements' own key, with names instead of oids. */
export interface StatementKey {
  database: string;
  username: string;
  queryid: string;
  toplevel: boolean;
}

/** What one statement did between two readings. */
export interface StatementDelta extends StatementKey {
  calls: number;
  /** Executing, ms; planning apart. */
  totalMs: number;
  planMs: number;
  /** Reading and writing blocks, ms: 0 without track_io_timing. */
  ioMs: number;
  rows: number;
  sharedHit: number;
  sharedRead: number;
  sharedDirtied: number;
  tempWritten: number;
  walBytes: number;
  /** The shortest and the longest call of this time; null where the server does not tell. */
  minMs: number | null;
  maxMs: number | null;
  /** It was reset or evicted meanwhile: at least so much. */
  lowerBound: boolean;
}

export function statementName(key: StatementKey): string {
  return JSON.stringify([key.database, key.username, key.queryid, key.toplevel]);
}

/** Statements of an instance that are known already: name → id and whether its text is stored. */
export class KnownStatements {
  readonly ids = new Map<string, number>();
  readonly withText = new Set<string>();

  /** After a transaction that was rolled back: statements that it made are not there. */
  clear(): void {
    this.ids.clear();
    this.withText.clear();
  }
}

const textMaxLength = 100_000;
/** pg_stat_statements keeps 5000 unless told otherwise. */
const knownAtMost = 50_000;
/** Shorter than statements are kept that nobody calls: what is known is there. */
const rememberedDays = 90;

/** Stores texts once by their hash and gives the hashes in order. A zero byte or too long a text is cut. */
async function storeTexts(db: Store, texts: readonly string[]): Promise<Buffer[]> {
  const cut = texts.map((text) => text.slice(0, textMaxLength).replaceAll('\0', ''));
  const hashes = cut.map((text) => createHash('sha256').update(text).digest());
  if (texts.length > 0) {
    await sql`
      insert into statement_texts (hash, text)
      select decode(hash, 'hex'), text
      from unnest(${hashes.map((hash) => hash.toString('hex'))}::text[], ${cut}::text[]) as new (hash, text)
      on conflict do nothing`.execute(db);
  }
  return hashes;
}

/** Fills in what earlier collectors have stored, so that no text is asked for twice. */
export async function loadKnown(db: Store, instanceId: string, known: KnownStatements): Promise<void> {
  const rows = await db
    .selectFrom('statements')
    .select(['id', 'database', 'username', 'queryid', 'toplevel'])
    .where('instance_id', '=', instanceId)
    .where('text_hash', 'is not', null)
    .where('last_at', '>', sql<string>`now() - make_interval(days => ${rememberedDays})`)
    .orderBy('last_at', 'desc')
    .limit(knownAtMost)
    .execute();
  for (const row of rows) {
    const name = statementName(row);
    known.ids.set(name, row.id);
    known.withText.add(name);
  }
}

/** Makes statements that are new, and gives texts to those that have none. */
export async function rememberStatements(
  db: Store,
  instanceId: string,
  statements: readonly (StatementKey & { text: string | null })[],
  known: KnownStatements,
): Promise<void> {
  const wanted = statements.filter((statement) => {
    const name = statementName(statement);
    return !known.ids.has(name) || (statement.text !== null && !known.withText.has(name));
  });
  if (wanted.length === 0) return;
  const texts = wanted.map((statement) => statement.text);
  const stored = await storeTexts(
    db,
    texts.filter((text) => text !== null),
  );
  let next = 0;
  const hashes = texts.map((text) => (text === null ? null : (stored[next++]?.toString('hex') ?? null)));
  const { rows } = await sql<StatementKey & { id: number; has_text: boolean }>`
    insert into statements as old (instance_id, database, username, queryid, toplevel, text_hash)
    select distinct on (1, 2, 3, 4, 5) ${instanceId}::uuid, database, username, queryid, toplevel, decode(hash, 'hex')
    from unnest(
      ${wanted.map((one) => one.database)}::text[], ${wanted.map((one) => one.username)}::text[],
      ${wanted.map((one) => one.queryid)}::text[], ${wanted.map((one) => one.toplevel)}::bool[], ${hashes}::text[]
    ) as new (database, username, queryid, toplevel, hash)
    on conflict (instance_id, database, username, queryid, toplevel) do update
    set text_hash = coalesce(excluded.text_hash, old.text_hash),
        last_at = now()
    returning id, database, username, queryid, toplevel, text_hash is not null as has_text`.execute(db);
  for (const row of rows) {
    const name = statementName(row);
    known.ids.set(name, row.id);
    if (row.has_text) known.withText.add(name);
  }
}

/** Appends what statements did until a moment (ISO 8601), over so many seconds. All must be known. */
export async function appendStatements(
  db: Store,
  at: string,
  seconds: number,
  deltas: readonly StatementDelta[],
  known: KnownStatements,
): Promise<void> {
  const found = deltas.flatMap((delta) => {
    const id = known.ids.get(statementName(delta));
    return id === undefined ? [] : [{ id, ...delta }];
  });
  if (found.length === 0) return;
  // Most statements write nothing: null is zero, and takes no room.
  const whole = (name: NumberColumn) => found.map((one) => Math.round(one[name]));
  const wholeOrNull = (name: NumberColumn) => found.map((one) => Math.round(one[name]) || null);
  const orNull = (name: NumberColumn) => found.map((one) => one[name] || null);
  await sql`
    insert into statement_samples (statement_id, at, seconds, calls, total_ms, rows, shared_hit, shared_read,
      temp_written, wal_bytes, lower_bound, shared_dirtied, plan_ms, io_ms, min_ms, max_ms)
    select id, ${at}::timestamptz, ${seconds}::real, calls, total_ms, rows, shared_hit, shared_read, temp_written,
      wal_bytes, lower_bound, shared_dirtied, plan_ms, io_ms, min_ms, max_ms
    from unnest(
      ${found.map((one) => one.id)}::bigint[], ${whole('calls')}::bigint[],
      ${found.map((one) => one.totalMs)}::float8[], ${whole('rows')}::bigint[], ${whole('sharedHit')}::bigint[],
      ${wholeOrNull('sharedRead')}::bigint[], ${wholeOrNull('tempWritten')}::bigint[],
      ${orNull('walBytes')}::float8[], ${found.map((one) => one.lowerBound)}::bool[],
      ${wholeOrNull('sharedDirtied')}::bigint[], ${orNull('planMs')}::float8[], ${orNull('ioMs')}::float8[],
      ${found.map((one) => one.minMs)}::real[], ${found.map((one) => one.maxMs)}::real[]
    ) as new (id, calls, total_ms, rows, shared_hit, shared_read, temp_written, wal_bytes, lower_bound,
      shared_dirtied, plan_ms, io_ms, min_ms, max_ms)
    on conflict do nothing`.execute(db);
}

type NumberColumn = Exclude<keyof StatementDelta, keyof StatementKey | 'minMs' | 'maxMs' | 'lowerBound'>;
