import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { AlertPhase, AlertSubject } from '@/lib/contract/alerts';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';

/** Something that is so now and that somebody must hear of. The same key is the same thing as long as it lasts. */
export interface Condition {
  key: string;
  subject: AlertSubject;
  level: 'warn' | 'crit';
  clusterId: string | null;
  title: string;
  sentence: string;
  next: string | null;
  /** Path of the console's page about it. */
  path: string;
}

/**
 * Makes the open alerts those of the conditions: new ones open, those that are no more close, a warning that became
 * critical is raised. In one transaction. @returns whether anything opened, closed or was raised.
 */
export async function settleAlerts(db: Store, conditions: readonly Condition[]): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const document = JSON.stringify(conditions.map((condition) => ({ id: newId(), ...condition })));
    const { rows: opened } = await sql<{ moved: boolean }>`
      insert into alerts as open (id, key, subject, level, cluster_id, title, sentence, next, path)
      select id::uuid, key, subject, level, "clusterId"::uuid, title, sentence, next, path
      from jsonb_to_recordset(${document}::jsonb) as new (
        id text, key text, subject text, level text, "clusterId" text, title text, sentence text, next text, path text)
      on conflict (key) where closed_at is null do update
      set sentence = excluded.sentence,
          next = excluded.next,
          level = excluded.level,
          raised_at = case
            when open.level = 'warn' and excluded.level = 'crit' then clock_timestamp()
            else open.raised_at
          end
      where (open.sentence, open.next, open.level) is distinct from (excluded.sentence, excluded.next, excluded.level)
      returning raised_at > clock_timestamp() - interval '1 second' as moved`.execute(trx);
    const keys = conditions.map(({ key }) => key);
    const closed = await trx
      .updateTable('alerts')
      .set({ closed_at: sql<string>`clock_timestamp()` })
      .where('closed_at', 'is', null)
      .where(sql<boolean>`not (key = any (${keys}::text[]))`)
      .returning('id')
      .execute();
    const hasMoved = opened.some(({ moved }) => moved) || closed.length > 0;
    if (hasMoved) await hintNow(trx, 'alert', newId());
    return hasMoved;
  });
}

/** What a channel has not been told yet. */
export interface Untold {
  id: string;
  phase: AlertPhase;
  subject: AlertSubject;
  level: 'warn' | 'crit';
  clusterId: string | null;
  clusterName: string | null;
  title: string;
  sentence: string;
  next: string | null;
  path: string;
  openedAt: string;
  closedAt: string | null;
  /** Seconds since it opened, was raised, or closed. */
  seconds: number;
}

/** Alerts since a channel is there that it was not told of, and ends of those that it was; oldest first. */
export async function untoldTo(db: Store, channelId: string): Promise<Untold[]> {
  const { rows } = await sql<Untold>`
    select
      alert.id,
      due.phase,
      alert.subject,
      alert.level,
      alert.cluster_id as "clusterId",
      cluster.name as "clusterName",
      alert.title,
      alert.sentence,
      alert.next,
      alert.path,
      alert.opened_at as "openedAt",
      alert.closed_at as "closedAt",
      extract(epoch from clock_timestamp() - due.at)::float8 as seconds
    from channels as channel
    join alerts as alert on alert.opened_at >= channel.created_at
    left join clusters as cluster on cluster.id = alert.cluster_id
    cross join lateral (
      select
        exists (
          select
          from alert_tellings as told
          where told.alert_id = alert.id and told.channel_id = channel.id and told.phase = 'opened'
        ) as opened
    ) as told
    cross join lateral (
      select
        case
          when told.opened and alert.closed_at is not null then 'resolved'
          when told.opened then 'raised'
          -- What came and went unheard is history; of broken glass everybody hears.
          when alert.closed_at is null or alert.subject = 'break-glass' then 'opened'
        end as phase,
        case
          when not told.opened then alert.opened_at
          else coalesce(alert.closed_at, alert.raised_at)
        end as at
    ) as due
    where channel.id = ${channelId}
      and alert.opened_at > now() - interval '30 days'
      and case due.phase
            when 'raised' then alert.raised_at > alert.opened_at and alert.level = 'crit'
              and exists (
                select
                from alert_tellings as earlier
                join deliveries as delivery on delivery.id = earlier.delivery_id
                where earlier.alert_id = alert.id
                  and earlier.channel_id = channel.id
                  and earlier.phase = 'opened'
                  and delivery.created_at < alert.raised_at
              )
            else due.phase is not null
          end
      and not exists (
        select
        from alert_tellings as telling
        where telling.alert_id = alert.id
          and telling.channel_id = channel.id
          and telling.phase = due.phase
      )
    order by due.at, alert.id
    limit 1000`.execute(db);
  return rows;
}

export interface AlertRow {
  id: string;
  subject: AlertSubject;
  level: 'warn' | 'crit';
  clusterId: string | null;
  clusterName: string | null;
  title: string;
  sentence: string;
  next: string | null;
  path: string;
  openedAt: string;
  closedAt: string | null;
  told: string[];
  telling: string[];
}

/** Open alerts, worst and oldest first; or those that are over, newest first. */
export async function listAlerts(db: Store, filter: { open: boolean; limit: number }): Promise<AlertRow[]> {
  const order = filter.open
    ? sql`alert.level = 'crit' desc, alert.opened_at, alert.id`
    : sql`alert.closed_at desc, alert.id`;
  const { rows } = await sql<AlertRow>`
    select
      alert.id,
      alert.subject,
      alert.level,
      alert.cluster_id as "clusterId",
      cluster.name as "clusterName",
      alert.title,
      alert.sentence,
      alert.next,
      alert.path,
      alert.opened_at as "openedAt",
      alert.closed_at as "closedAt",
      coalesce(told.names, '{}') as told,
      coalesce(told.waiting, '{}') as telling
    from alerts as alert
    left join clusters as cluster on cluster.id = alert.cluster_id
    left join lateral (
      select
        array_agg(distinct channel.name) filter (where delivery.state = 'sent') as names,
        array_agg(distinct channel.name) filter (where delivery.state in ('waiting', 'sending')) as waiting
      from alert_tellings as telling
      join deliveries as delivery on delivery.id = telling.delivery_id
      join channels as channel on channel.id = telling.channel_id
      where telling.alert_id = alert.id
    ) as told on true
    where (alert.closed_at is null) = ${filter.open}
    order by ${order}
    limit ${filter.limit}`.execute(db);
  return rows;
}
