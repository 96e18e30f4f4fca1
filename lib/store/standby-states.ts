import { sql } from 'kysely';
import type { ReadClass, ReadSample, ReadVerdict } from '@/lib/engine/can-read';
import { readClasses } from '@/lib/engine/can-read';
import type { StandbyFacts, WalFacts } from '@/lib/engine/standby-facts';
import type { Store } from '@/lib/store/db';

/** Another server of a cluster, as a standby's collector wants to find it. */
export interface PeerServer {
  id: string;
  name: string;
  host: string;
  port: number;
  pool: string;
  state: 'draft' | 'active' | 'paused' | 'removed';
  role: 'primary' | 'standby' | 'unknown';
  timeline: number | null;
  reachable: boolean | null;
  lastSeenAt: string | null;
}

/** All servers of the cluster that an instance belongs to, itself included, by name. */
export async function serversBeside(db: Store, instanceId: string): Promise<PeerServer[]> {
  return db
    .selectFrom('instances as instance')
    .innerJoin('instances as own', 'own.cluster_id', 'instance.cluster_id')
    .select(['instance.id', 'instance.name', 'instance.host', 'instance.port', 'instance.pool'])
    .select(['instance.state', 'instance.role', 'instance.timeline', 'instance.reachable'])
    .select('instance.last_seen_at as lastSeenAt')
    .where('own.id', '=', instanceId)
    .where('instance.state', '<>', 'removed')
    .orderBy('instance.name')
    .execute();
}

export interface NewStandbyState {
  instanceId: string;
  primaryId: string | null;
  upstreamId: string | null;
  senderPid: number | null;
  facts: StandbyFacts;
  samples: readonly ReadSample[];
}

/** Stores what the tick at a moment (ISO 8601) knew of a standby. */
export async function recordStandbyState(db: Store, at: string, state: NewStandbyState): Promise<void> {
  const values = {
    primary_id: state.primaryId,
    upstream_id: state.upstreamId,
    sender_pid: state.senderPid,
    observed_at: at,
    facts: JSON.stringify(state.facts),
    samples: JSON.stringify(state.samples),
  };
  await db
    .insertInto('standby_states')
    .values({ instance_id: state.instanceId, ...values })
    .onConflict((conflict) => conflict.column('instance_id').doUpdateSet(values))
    .execute();
}

/** What earlier ticks said about reading from an instance: what a new lease goes on from. */
export async function readSamplesOf(db: Store, instanceId: string): Promise<ReadSample[]> {
  const row = await db
    .selectFrom('standby_states')
    .select('samples')
    .where('instance_id', '=', instanceId)
    .executeTakeFirst();
  return row?.samples ?? [];
}

/** A verdict on one class with the default limit, and how often it changed since the instance is watched. */
export interface CountedVerdict extends ReadVerdict {
  since: string;
  becameReady: number;
  becameUnready: number;
}

export type CountedVerdicts = Partial<Record<ReadClass, CountedVerdict>>;

export async function countedVerdictsOf(db: Store, instanceId: string): Promise<CountedVerdicts> {
  const rows = await db
    .selectFrom('read_verdicts')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .execute();
  return Object.fromEntries(
    rows.map((row) => [
      row.class,
      {
        ready: row.ready,
        reason: row.reason,
        since: row.since,
        becameReady: row.became_ready,
        becameUnready: row.became_unready,
      },
    ]),
  );
}

/** What a verdict has become without a tick: who was ready is not any more once nobody measures, and that is a change. */
export function afterSilence(old: CountedVerdict, since: string): CountedVerdict {
  return old.ready ? { ...old, ready: false, since, becameUnready: old.becameUnready + 1 } : old;
}

/**
 * The verdicts of a tick after those before: the first one of a class starts its count and is no change. `silentSince`:
 * from when to this tick nobody had measured, so that nobody was ready.
 */
export function countVerdicts(
  before: CountedVerdicts,
  now: Readonly<Record<ReadClass, ReadVerdict>>,
  at: string,
  silentSince?: string,
): Record<ReadClass, CountedVerdict> {
  const counted = (each: ReadClass): CountedVerdict => {
    const seen = before[each];
    const old = seen && silentSince !== undefined ? afterSilence(seen, silentSince) : seen;
    const { ready, reason } = now[each];
    if (!old) return { ready, reason, since: at, becameReady: 0, becameUnready: 0 };
    if (old.ready === ready) return { ...old, reason };
    return {
      ...{ ready, reason, since: at },
      becameReady: old.becameReady + (ready ? 1 : 0),
      becameUnready: old.becameUnready + (ready ? 0 : 1),
    };
  };
  return { read: counted('read'), analytics: counted('analytics'), background: counted('background') };
}

/** Stores the verdicts of all classes of one instance. */
export async function recordVerdicts(
  db: Store,
  instanceId: string,
  verdicts: Readonly<Record<ReadClass, CountedVerdict>>,
): Promise<void> {
  await db
    .insertInto('read_verdicts')
    .values(
      readClasses.map((each) => ({
        instance_id: instanceId,
        class: each,
        ready: verdicts[each].ready,
        reason: verdicts[each].reason,
        since: verdicts[each].since,
        became_ready: verdicts[each].becameReady,
        became_unready: verdicts[each].becameUnready,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['instance_id', 'class']).doUpdateSet((eb) => ({
        ready: eb.ref('excluded.ready'),
        reason: eb.ref('excluded.reason'),
        since: eb.ref('excluded.since'),
        became_ready: eb.ref('excluded.became_ready'),
        became_unready: eb.ref('excluded.became_unready'),
      })),
    )
    .execute();
}

/** Where a primary's WAL stood at a moment (ISO 8601), in bytes since 0/0. */
export async function recordWalPosition(
  db: Store,
  at: string,
  instanceId: string,
  position: number,
  facts: WalFacts,
): Promise<void> {
  const values = { observed_at: at, position, facts: JSON.stringify(facts) };
  await db
    .insertInto('wal_positions')
    .values({ instance_id: instanceId, ...values })
    .onConflict((conflict) => conflict.column('instance_id').doUpdateSet(values))
    .execute();
}

/** What a primary's own collector stored last, and how many seconds ago by the console database's clock. */
export async function walPositionOf(
  db: Store,
  instanceId: string,
): Promise<{ position: number; facts: WalFacts; agoSeconds: number } | undefined> {
  return db
    .selectFrom('wal_positions')
    .select(['position', 'facts'])
    .select(
      sql<number>`greatest(0, extract(epoch from clock_timestamp() - observed_at))::float8`.as('agoSeconds'),
    )
    .where('instance_id', '=', instanceId)
    .executeTakeFirst();
}

/** A standby of ours that a server feeds: its sender's process id there, where the server itself was asked for it. */
export interface FedStandby {
  name: string;
  senderPid: number | null;
  applicationName: string;
}

/** The watched standbys that a server feeds, as seen in the last minute. */
export async function standbysFedBy(db: Store, upstreamId: string): Promise<FedStandby[]> {
  return db
    .selectFrom('standby_states as standby')
    .innerJoin('instances as instance', 'instance.id', 'standby.instance_id')
    .select(['instance.name', 'standby.sender_pid as senderPid'])
    .select(sql<string>`standby.facts ->> 'applicationName'`.as('applicationName'))
    .where('standby.upstream_id', '=', upstreamId)
    .where('instance.state', '=', 'active')
    .where('standby.observed_at', '>', sql<string>`now() - interval '1 min'`)
    .execute();
}
