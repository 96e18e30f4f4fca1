import { type RawBuilder, sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { NewChange } from '@/lib/engine/changes';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';

/** How long changes are kept, in days. */
export const changesKeptDays = 400;

/** Whom changes were found on; `instanceId` null for what belongs to the whole cluster. */
export interface ChangePlace {
  clusterId: string;
  instanceId: string | null;
}

/**
 * Stores what was found at one look, and tells pages.
 *
 * @param at the moment of the look, ISO 8601: the latest that it can have happened.
 * @param since the look before: the earliest.
 */
export async function appendChanges(
  db: Store,
  place: ChangePlace,
  at: string,
  since: string | null,
  changes: readonly NewChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await db
    .insertInto('changes')
    .values(
      changes.map((change) => ({
        id: newId(),
        at: change.at ?? at,
        since: change.at === undefined ? since : null,
        kind: change.kind,
        cluster_id: place.clusterId,
        instance_id: place.instanceId,
        database: change.database,
        object: change.object,
        sentence: change.sentence,
        details: JSON.stringify(change.details),
      })),
    )
    .execute();
  await hintNow(db, 'change', place.clusterId);
}

/** Forgets changes that are too old; in small steps, so that nobody waits. */
export async function forgetOldChanges(db: Store): Promise<void> {
  await sql`
    delete from changes
    where id in (
      select id
      from changes
      where at < now() - make_interval(days => ${changesKeptDays}::int4)
      limit 5000
    )`.execute(db);
}

export interface NewMark {
  text: string;
  clusterId: string | null;
  at: string | null;
  byName: string;
  idempotencyKey: string | null;
}

/** Sets a mark; the same key gives the same mark again. @returns its id and moment, and whether it is new. */
export async function insertMark(
  db: Store,
  mark: NewMark,
): Promise<{ id: string; at: string; isNew: boolean }> {
  const id = newId();
  await db
    .insertInto('changes')
    .values({
      id,
      at: mark.at ?? sql<string>`clock_timestamp()`,
      kind: 'mark',
      cluster_id: mark.clusterId,
      object: 'mark',
      sentence: mark.text,
      by_name: mark.byName,
      idempotency_key: mark.idempotencyKey,
    })
    .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
    .execute();
  const stored = await db
    .selectFrom('changes')
    .select(['id', 'at'])
    .where((e) =>
      mark.idempotencyKey === null ? e('id', '=', id) : e('idempotency_key', '=', mark.idempotencyKey),
    )
    .executeTakeFirstOrThrow();
  if (stored.id === id) await hintNow(db, 'change', mark.clusterId ?? '');
  return { id: stored.id, at: stored.at, isNew: stored.id === id };
}

/** Besides the stored kinds: runs that began, and findings that opened critical. */
export type ListedKind = NewChange['kind'] | 'run' | 'finding';

export interface ChangeRow {
  id: string;
  at: string;
  since: string | null;
  kind: ListedKind;
  cluster_id: string | null;
  cluster_name: string | null;
  instance_id: string | null;
  instance_name: string | null;
  database: string;
  /** Of a run its kind, of a finding its check. */
  object: string;
  sentence: string;
  details: JsonObject;
  by_name: string | null;
}

export interface ChangeFilter {
  kinds: readonly ListedKind[];
  /** Runs of these kinds of job are left out. */
  withoutJobs?: readonly string[];
  clusterId?: string;
  instanceId?: string;
  /** ISO 8601. */
  from: string;
  to: string;
  /** What comes after this entry, in the order of the list. */
  after?: { at: string; id: string };
  limit: number;
}

interface Branch {
  kind: RawBuilder<unknown>;
  at: RawBuilder<unknown>;
  from: RawBuilder<unknown>;
  columns: RawBuilder<unknown>;
  where: RawBuilder<unknown>;
}

const branches: Record<'stored' | 'run' | 'finding', Branch> = {
  stored: {
    kind: sql`entry.kind`,
    at: sql`entry.at`,
    from: sql`changes as entry`,
    columns: sql`entry.since, entry.cluster_id, entry.instance_id, entry.database, entry.object, entry.sentence,
      entry.details, entry.by_name`,
    where: sql`true`,
  },
  run: {
    kind: sql`'run'`,
    at: sql`entry.started_at`,
    from: sql`runs as entry join plans as plan on plan.id = entry.plan_id`,
    columns: sql`null::timestamptz, entry.cluster_id, entry.instance_id, '', entry.kind,
      coalesce(plan.document ->> 'summary', ''), jsonb_build_object('state', entry.state), entry.requested_by_name`,
    where: sql`entry.started_at is not null`,
  },
  finding: {
    kind: sql`'finding'`,
    at: sql`entry.opened_at`,
    from: sql`findings as entry`,
    columns: sql`null::timestamptz, entry.cluster_id, entry.instance_id, entry.database, entry.check_id,
      entry.sentence, jsonb_build_object('closedAt', entry.closed_at), null`,
    where: sql`entry.level = 'crit'`,
  },
};

/**
 * What changed in a window, newest first. A filter by cluster keeps marks of no cluster, one by instance keeps what
 * belongs to the whole cluster: both stand on every chart.
 */
export async function listChanges(db: Store, filter: ChangeFilter): Promise<ChangeRow[]> {
  const stored = filter.kinds.filter((kind) => kind !== 'run' && kind !== 'finding');
  const parts: RawBuilder<unknown>[] = [];
  if (stored.length > 0) {
    parts.push(entries(branches.stored, filter, sql`entry.kind = any (${stored}::text[])`));
  }
  for (const kind of ['run', 'finding'] as const) {
    const also = kind === 'run' ? sql`entry.kind <> all (${filter.withoutJobs ?? []}::text[])` : sql`true`;
    if (filter.kinds.includes(kind)) parts.push(entries(branches[kind], filter, also));
  }
  if (parts.length === 0) return [];
  const { rows } = await sql<ChangeRow>`
    select found.*, cluster.name as cluster_name, instance.name as instance_name
    from (${sql.join(parts, sql` union all `)}) as found
    left join clusters as cluster on cluster.id = found.cluster_id
    left join instances as instance on instance.id = found.instance_id
    where cluster.removed_at is null
      and instance.state is distinct from 'removed'
    order by found.at desc, found.id desc
    limit ${filter.limit}`.execute(db);
  return rows;
}

function entries(branch: Branch, filter: ChangeFilter, also: RawBuilder<unknown>): RawBuilder<unknown> {
  const { at } = branch;
  const conditions = [
    branch.where,
    also,
    sql`${at} > ${filter.from}::timestamptz`,
    sql`${at} <= ${filter.to}::timestamptz`,
  ];
  if (filter.clusterId)
    conditions.push(sql`(entry.cluster_id = ${filter.clusterId} or entry.cluster_id is null)`);
  if (filter.instanceId)
    conditions.push(sql`(entry.instance_id = ${filter.instanceId} or entry.instance_id is null)`);
  if (filter.after)
    conditions.push(sql`(${at}, entry.id) < (${filter.after.at}::timestamptz, ${filter.after.id}::uuid)`);
  // Removed clusters are left out afterwards: a few rows more make up for them.
  return sql`(
    select entry.id, ${at} as at, ${branch.kind} as kind, shown.*
    from ${branch.from}
    cross join lateral (select ${branch.columns})
      as shown (since, cluster_id, instance_id, database, object, sentence, details, by_name)
    where ${sql.join(conditions, sql` and `)}
    order by ${at} desc, entry.id desc
    limit ${filter.limit + 50})`;
}
