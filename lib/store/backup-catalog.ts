import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { NewBackupSet } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import type { BackupState } from '@/lib/store/schema';

/** A backup set as its repository lists it. */
export interface ListedSet extends NewBackupSet {
  serverVersionNum: number;
  /** Texts that were written beside it: one of them may be the id of the run that made it. */
  annotations: string[];
}

export interface CatalogPlace {
  stanzaId: string;
  clusterId: string;
  instanceId: string;
  workerName: string;
  repository: number;
}

/** Labels of a repository that the console knows, whatever became of them: read before the repository is asked. */
export async function knownLabels(db: Store, stanzaId: string): Promise<Map<number, Set<string>>> {
  const rows = await db
    .selectFrom('backups')
    .select(['repository', 'label'])
    .where('stanza_id', '=', stanzaId)
    .where('state', '=', 'ready')
    .execute();
  const known = new Map<number, Set<string>>();
  for (const { repository, label } of rows) {
    if (repository === null || label === null) continue;
    known.set(repository, (known.get(repository) ?? new Set()).add(label));
  }
  return known;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Makes the catalogue agree with what a repository lists: sets that are new here become rows, what has gone there is
 * marked with a reason, and what has come back is good again. Of `known` only what was read before the repository was
 * asked may be missing there: a set that a run registered meanwhile is not in the older list.
 *
 * @returns true when anything changed.
 */
export async function catalogSets(
  trx: Store,
  place: CatalogPlace,
  sets: readonly ListedSet[],
  known: ReadonlySet<string>,
): Promise<boolean> {
  const added = await addSets(trx, place, sets);
  const listed = new Set(sets.map(({ label }) => label));
  const gone = [...known].filter((label) => !listed.has(label));
  const lost =
    gone.length === 0
      ? []
      : await trx
          .updateTable('backups')
          .set({
            state: 'gone',
            gone_at: sql<string>`clock_timestamp()`,
            gone_why:
              'The repository no longer lists it: it was expired or removed outside of the console, by a cron job or by hand.',
          })
          .where('stanza_id', '=', place.stanzaId)
          .where('repository', '=', place.repository)
          .where('label', 'in', gone)
          .where('state', '=', 'ready')
          .returning('id')
          .execute();
  return added || lost.length > 0;
}

async function addSets(trx: Store, place: CatalogPlace, sets: readonly ListedSet[]): Promise<boolean> {
  if (sets.length === 0) return false;
  const runs = await runsNamed(
    trx,
    place.clusterId,
    sets.flatMap(({ annotations }) => annotations),
  );
  const document = sets.map((set) => ({
    id: newId(),
    run_id: set.annotations.find((text) => runs.has(text)) ?? null,
    label: set.label,
    method: set.method,
    depends_on: set.dependsOn,
    timeline: set.timeline,
    wal_first: set.walFirst,
    wal_last: set.walLast,
    has_errors: set.hasErrors,
    bytes: set.bytes,
    version: set.serverVersionNum,
    started: set.startedAt,
    stopped: set.finishedAt,
    path: set.path,
    facts: set.facts,
  }));
  // What a run has registered of its own set stays as it is; only what the repository knows better is taken over.
  const { rows } = await sql<{ id: string }>`
    insert into backups as old (id, cluster_id, instance_id, run_id, type, path, worker_name, bytes, server_version_num,
      started_at, finished_at, facts, method, stanza_id, repository, label, depends_on, timeline, wal_first, wal_last,
      has_errors)
    select id, ${place.clusterId}, ${place.instanceId}, run_id, 'physical', path, ${place.workerName}, bytes, version,
      started, stopped, facts, method, ${place.stanzaId}, ${place.repository}, label,
      depends_on, timeline, wal_first, wal_last, has_errors
    from jsonb_to_recordset(${JSON.stringify(document)}::jsonb) as seen (id uuid, run_id uuid, label text, method text,
      depends_on text[], timeline int8, wal_first text, wal_last text, has_errors boolean, bytes int8, version int4,
      started timestamptz, stopped timestamptz, path text, facts jsonb)
    on conflict (stanza_id, repository, label) where stanza_id is not null do update
    set state = case when old.state = 'gone' then 'ready' else old.state end,
        gone_at = case when old.state = 'gone' then null else old.gone_at end,
        gone_why = case when old.state = 'gone' then null else old.gone_why end,
        has_errors = excluded.has_errors,
        facts = excluded.facts || old.facts
    where old.state = 'gone'
      or old.has_errors <> excluded.has_errors
      or not old.facts @> jsonb_build_object('archiveId', excluded.facts -> 'archiveId')
    returning id`.execute(trx);
  return rows.length > 0;
}

async function runsNamed(trx: Store, clusterId: string, texts: readonly string[]): Promise<Set<string>> {
  const ids = [...new Set(texts.filter((text) => uuid.test(text)))];
  if (ids.length === 0) return new Set();
  const rows = await trx
    .selectFrom('runs')
    .select('id')
    .where('cluster_id', '=', clusterId)
    .where('id', 'in', ids)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** Dumps in a worker's folders that count as there, or that were missed the last time. */
export async function dumpsToLookFor(
  db: Store,
  workerName: string,
): Promise<{ id: string; path: string; state: string }[]> {
  return db
    .selectFrom('backups')
    .select(['id', 'path', 'state'])
    .where('worker_name', '=', workerName)
    .where('type', '=', 'logical')
    .where('state', 'in', ['ready', 'missing'])
    .limit(5000)
    .execute();
}

/** Writes down that the files of a dump are gone, or that they are back. */
export async function markDump(db: Store, id: string, isThere: boolean): Promise<void> {
  await db
    .updateTable('backups')
    .set(
      isThere
        ? { state: 'ready', gone_at: null, gone_why: null }
        : {
            state: 'missing',
            gone_at: sql<string>`clock_timestamp()`,
            gone_why:
              'Its folder is not on the worker’s machine any more: nobody told the console that it goes.',
          },
    )
    .where('id', '=', id)
    .where('state', '=', isThere ? 'missing' : 'ready')
    .execute();
}

/** Dumps of a cluster that the console has made and did not let go itself; epoch seconds. */
export async function savedDumps(
  db: Store,
  clusterId: string,
): Promise<{ database: string; state: string; stoppedAt: number }[]> {
  const { rows } = await sql<{ database: string; state: string; stoppedAt: number }>`
    select coalesce(database, '') as database, state, extract(epoch from finished_at)::float8 as "stoppedAt"
    from backups
    where cluster_id = ${clusterId}
      and type = 'logical'
      and state <> 'expired'
    order by finished_at desc
    limit 1000`.execute(db);
  return rows;
}

export interface ChainRow {
  id: string;
  label: string;
  state: BackupState;
  hasErrors: boolean;
  relation: 'needs' | 'needed-by';
  finishedAt: string;
}

/** Sets of the same repository that a set can't be restored without, and those that can't be without it. */
export async function chainOf(db: Store, id: string): Promise<ChainRow[]> {
  const { rows } = await sql<ChainRow>`
    select other.id, other.label, other.state, other.has_errors as "hasErrors", other.finished_at as "finishedAt",
      case when other.label = any (own.depends_on) then 'needs' else 'needed-by' end as relation
    from backups as own
    join backups as other
      on other.stanza_id = own.stanza_id
      and other.repository = own.repository
      and other.id <> own.id
      and (other.label = any (own.depends_on) or own.label = any (other.depends_on))
    where own.id = ${id}
    order by other.finished_at
    limit 500`.execute(db);
  return rows;
}
