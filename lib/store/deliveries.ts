import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { AlertPhase, ChannelMessage } from '@/lib/contract/alerts';
import type { ChannelSettings } from '@/lib/contract/channels';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';

/** Puts a message for a channel into the queue, and writes down what it tells, in the caller's transaction. */
export async function insertDelivery(
  trx: Store,
  delivery: {
    channelId: string;
    kind: 'alerts' | 'test';
    message: ChannelMessage;
    requestedByName?: string;
    tells?: readonly { id: string; phase: AlertPhase }[];
  },
): Promise<string> {
  const id = newId();
  const { channelId } = delivery;
  await trx
    .insertInto('deliveries')
    .values({
      id,
      channel_id: channelId,
      kind: delivery.kind,
      message: JSON.stringify(delivery.message),
      requested_by_name: delivery.requestedByName ?? null,
    })
    .execute();
  const tells = delivery.tells ?? [];
  if (tells.length > 0) {
    await trx
      .insertInto('alert_tellings')
      .values(
        tells.map((told) => ({
          alert_id: told.id,
          channel_id: channelId,
          phase: told.phase,
          delivery_id: id,
        })),
      )
      .execute();
  }
  await hintNow(trx, 'alert', channelId);
  return id;
}

/** A delivery that one worker has taken; `attempt` fences what it writes of it. */
export interface TakenDelivery {
  id: string;
  kind: 'alerts' | 'test';
  message: ChannelMessage;
  attempt: number;
  createdAt: string;
  channelId: string;
  channelType: 'email' | 'webhook';
  settings: ChannelSettings;
}

/**
 * Takes deliveries that are due, at most one of a channel, each by one worker only. One whose worker was lost is due
 * again when its lease ends. `busy`: channels that this worker is already at.
 */
export async function takeDeliveries(
  db: Store,
  options: { leaseSeconds: number; limit: number; busy: readonly string[] },
): Promise<TakenDelivery[]> {
  const { rows } = await sql<TakenDelivery>`
    with waiting as (
      select delivery.id, delivery.channel_id, delivery.created_at
      from deliveries as delivery
      join channels as channel on channel.id = delivery.channel_id
      where channel.removed_at is null
        and (channel.enabled or delivery.kind = 'test')
        and not (channel.id = any (${options.busy}::uuid[]))
        and (
          (delivery.state = 'waiting' and delivery.next_at <= clock_timestamp())
          or (delivery.state = 'sending' and delivery.lease_until < clock_timestamp())
        )
    ), due as (
      select delivery.id
      from deliveries as delivery
      where delivery.id in (
        select distinct on (channel_id) id
        from waiting
        order by channel_id, created_at
      )
      order by delivery.created_at
      limit ${options.limit}
      for update skip locked
    ), taken as (
      update deliveries
      set state = 'sending',
          attempts = attempts + 1,
          lease_until = clock_timestamp() + make_interval(secs => ${options.leaseSeconds})
      where id in (select id from due)
      returning *
    )
    select
      taken.id,
      taken.kind,
      taken.message,
      taken.attempts as attempt,
      taken.created_at as "createdAt",
      channel.id as "channelId",
      channel.type as "channelType",
      channel.settings
    from taken
    join channels as channel on channel.id = taken.channel_id
    order by taken.created_at`.execute(db);
  return rows;
}

/** How an attempt ended. `again`: after so many seconds; null: given up. */
export type AttemptEnd = { sent: true } | { error: string; againSeconds: number | null };

/** Writes how an attempt ended; false when another worker has taken the delivery since. */
export async function endAttempt(
  db: Store,
  delivery: { id: string; attempt: number; channelId: string },
  end: AttemptEnd,
): Promise<boolean> {
  const now = sql<string>`clock_timestamp()`;
  const change =
    'sent' in end
      ? { state: 'sent' as const, sent_at: now, last_error: null }
      : end.againSeconds === null
        ? { state: 'failed' as const, gave_up_at: now, last_error: end.error }
        : {
            state: 'waiting' as const,
            next_at: sql<string>`clock_timestamp() + make_interval(secs => ${end.againSeconds})`,
            last_error: end.error,
          };
  const done = await db
    .updateTable('deliveries')
    .set({ ...change, lease_until: null })
    .where('id', '=', delivery.id)
    .where('state', '=', 'sending')
    .where('attempts', '=', delivery.attempt)
    .returning('id')
    .executeTakeFirst();
  await hintNow(db, 'alert', delivery.channelId);
  return done !== undefined;
}

/** What stands against another message to a channel now: one that is on its way, and how many went in an hour. */
export async function channelLoad(
  db: Store,
  channelId: string,
): Promise<{ onItsWay: boolean; inLastHour: number }> {
  const { rows } = await sql<{ onItsWay: boolean; inLastHour: number }>`
    select
      coalesce(bool_or(state in ('waiting', 'sending')), false) as "onItsWay",
      (count(*) filter (where created_at > now() - interval '1 hour'))::int4 as "inLastHour"
    from deliveries
    where channel_id = ${channelId}
      and kind = 'alerts'
      and (created_at > now() - interval '1 hour' or state in ('waiting', 'sending'))`.execute(db);
  return rows[0] ?? { onItsWay: false, inLastHour: 0 };
}

export interface DeliveryRow {
  id: string;
  kind: 'alerts' | 'test';
  state: 'waiting' | 'sending' | 'sent' | 'failed';
  message: ChannelMessage;
  attempts: number;
  nextAt: string;
  lastError: string | null;
  requestedByName: string | null;
  createdAt: string;
  sentAt: string | null;
  gaveUpAt: string | null;
}

/** A channel's messages, newest first. */
export async function deliveriesOf(db: Store, channelId: string, limit: number): Promise<DeliveryRow[]> {
  return db
    .selectFrom('deliveries')
    .select([
      'id',
      'kind',
      'state',
      'message',
      'attempts',
      'next_at as nextAt',
      'last_error as lastError',
      'requested_by_name as requestedByName',
      'created_at as createdAt',
      'sent_at as sentAt',
      'gave_up_at as gaveUpAt',
    ])
    .where('channel_id', '=', channelId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** Sends one again that was given up or waits; false when it was sent or is on its way. */
export async function sendAgain(trx: Store, id: string): Promise<{ channelId: string } | undefined> {
  const again = await trx
    .updateTable('deliveries')
    .set({ state: 'waiting', next_at: sql<string>`clock_timestamp()`, gave_up_at: null })
    .where('id', '=', id)
    .where('state', 'in', ['waiting', 'failed'])
    .returning('channel_id')
    .executeTakeFirst();
  if (!again) return undefined;
  await hintNow(trx, 'alert', again.channel_id);
  return { channelId: again.channel_id };
}
