import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';
import { partRows, storedParts } from '@/lib/store/statement-windows';

/** What counts as worth a look: less is noise on any server. */
export const moveLimits = {
  /** Of both: calls in the window. */
  calls: 20,
  /** Of a new one: its time in the window, in ms. */
  newMs: 1_000,
  /** Of a regressed one: how much slower a call has become, and the time that this cost in the window, in ms. */
  factor: 2,
  extraMs: 1_000,
} as const;

export interface StatementMove {
  id: string;
  instanceId: string;
  instanceName: string;
  clusterName: string;
  database: string;
  username: string;
  queryid: string;
  text: string | null;
  firstAt: string;
  calls: number;
  totalMs: number;
  /** Null: it was not seen in the window before. */
  callsBefore: number | null;
  totalMsBefore: number | null;
  isNew: boolean;
}

const movesAtMost = 20;
const candidatesAtMost = 200;

/**
 * Statements that are new or have become slower: in a window (epoch seconds) compared with as long a time before it as
 * `beforeSeconds` says. New is what was first seen in the window on an instance that was watched before it, under a text
 * that it did not have before. Statements of watch logins are left out.
 */
export async function statementMoves(
  db: Store,
  window: { from: number; to: number; beforeSeconds: number },
): Promise<StatementMove[]> {
  const { from, to, beforeSeconds } = window;
  const [now, before] = await Promise.all([
    storedParts(db, { from, to }),
    storedParts(db, { from: from - beforeSeconds, to: from }),
  ]);
  const since = sql`to_timestamp(${from}::float8)`;
  const { rows: candidates } = await sql<{ id: number; calls: number; ms: number }>`
    select part.statement_id as id, sum(part.calls)::float8 as calls, sum(part.total_ms) as ms
    from (${partRows(now)}) as part
    group by part.statement_id
    having sum(part.calls) >= ${moveLimits.calls}
      and sum(part.total_ms) >= ${Math.min(moveLimits.newMs, moveLimits.extraMs)}
    order by ms desc
    limit ${candidatesAtMost}`.execute(db);
  if (candidates.length === 0) return [];
  const ids = candidates.map(({ id }) => id);
  const { rows } = await sql<StatementMove>`
    with present as (
      select *
      from unnest(${ids}::bigint[], ${candidates.map(({ calls }) => calls)}::float8[],
        ${candidates.map(({ ms }) => ms)}::float8[]) as present (id, calls, ms)
    ),
    earlier as (
      select part.statement_id as id, sum(part.calls)::float8 as calls, sum(part.total_ms) as ms
      from (${partRows(before, ids)}) as part
      group by part.statement_id
    ),
    judged as (
      select statement.*, present.calls, present.ms, earlier.calls as calls_before, earlier.ms as ms_before,
        instance.name as instance_name, cluster.name as cluster_name,
        statement.first_at >= ${since}
          and earlier.id is null
          and exists (
            select
            from statements as older
            where older.instance_id = statement.instance_id
              and older.first_at < ${since}
          )
          and not exists (
            select
            from statements as same
            where same.instance_id = statement.instance_id
              and same.text_hash = statement.text_hash
              and same.first_at < ${since}
          ) as is_new
      from present
      join statements as statement on statement.id = present.id
      join instances as instance on instance.id = statement.instance_id and instance.state = 'active'
      join clusters as cluster on cluster.id = instance.cluster_id and cluster.removed_at is null
      left join earlier on earlier.id = present.id
      where not exists (
        select
        from instance_logins as login
        where login.instance_id = statement.instance_id
          and login.purpose = 'watch'
          and login.username = statement.username
      )
    )
    select
      judged.id::text as id,
      judged.instance_id as "instanceId",
      judged.instance_name as "instanceName",
      judged.cluster_name as "clusterName",
      judged.database,
      judged.username,
      judged.queryid,
      left(texts.text, 2000) as text,
      judged.first_at as "firstAt",
      judged.calls,
      judged.ms as "totalMs",
      judged.calls_before as "callsBefore",
      judged.ms_before as "totalMsBefore",
      judged.is_new as "isNew"
    from judged
    left join statement_texts as texts on texts.hash = judged.text_hash
    where (judged.is_new and judged.ms >= ${moveLimits.newMs})
      or (
        judged.calls_before >= ${moveLimits.calls}
        and judged.ms / judged.calls >= ${moveLimits.factor} * judged.ms_before / judged.calls_before
        and judged.ms - judged.calls * judged.ms_before / judged.calls_before >= ${moveLimits.extraMs}
      )
    order by judged.ms - coalesce(judged.calls * judged.ms_before / nullif(judged.calls_before, 0), 0) desc
    limit ${movesAtMost}`.execute(db);
  return rows;
}
