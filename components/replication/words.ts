import { formatDuration } from '@/lib/base/format';
import type { ReadClassName, ReplicationServer, StandbyFactsView } from '@/lib/contract/replication';

type State = StandbyFactsView['state'];

export const stateWords: Record<State, string> = {
  'in-step': 'In step',
  'catching-up': 'Catching up',
  delayed: 'Late on purpose',
  archive: 'Fed by archive',
  paused: 'Paused',
  stalled: 'Stalled',
  cut: 'Cut',
  diverged: 'Diverged',
  unknown: 'Unknown',
};

/** What to do about each state, and what not. */
export const stateAdvice: Partial<Record<State, { act: string; sql?: string; avoid?: string }>> = {
  'catching-up': {
    act: 'See which stage is late. Not sent or not received: the network between the two. Not replayed: the standby’s processor or disk.',
  },
  archive: {
    act: 'It is late by a segment at least. archive_timeout on the primary closes idle segments sooner; where it should stream, read its log for the reason that it does not.',
  },
  paused: {
    act: 'Somebody stopped replay here. Ask who and why, then resume on the standby:',
    sql: 'select pg_wal_replay_resume();',
    avoid: 'Promoting it now loses all that it has not replayed, unless it is resumed first.',
  },
  stalled: {
    act: 'A query on the standby holds replay up. Find the oldest one there, then wait or cancel it:',
    sql: "select pid, backend_start, xact_start, query\nfrom pg_stat_activity\nwhere backend_type = 'client backend'\norder by xact_start nulls last;",
    avoid: 'Restarting the standby ends every reader and replays from its last restart point.',
  },
  cut: {
    act: 'Read the standby’s log: it names the reason. Mend primary_conninfo, pg_hba.conf or the network. “Requested WAL segment has already been removed”: feed it from the archive or build it anew.',
    sql: 'select * from pg_stat_wal_receiver; -- on the standby\nselect * from pg_stat_replication; -- on the primary',
    avoid: 'Do not drop its slot while it is away, or the WAL that it still needs is removed.',
  },
  diverged: {
    act: 'It is no copy of this primary any more. Take it out of every pool, then rebuild it by pg_rewind or a new base backup.',
    avoid: 'Do not promote it, and do not let it archive into the same place.',
  },
  unknown: {
    act: 'One side is not read. Add the primary to the cluster and make sure that the worker reaches it with its watch login.',
  },
};

export const classWords: Record<ReadClassName, { title: string; means: string }> = {
  read: { title: 'Reads', means: 'an application’s own reads, at once' },
  analytics: { title: 'Analytics', means: 'long queries, which replay must not cancel' },
  background: { title: 'Background', means: 'dumps, exports, heavy checks: any copy of known age' },
};

/** The status whose icon and colour a standby has; what it is called is `stateWords`. */
export function statusOf({ standby, stale, watched }: ReplicationServer): string {
  if (!watched) return 'paused';
  if (!standby) return 'unknown';
  if (stale) return 'stale';
  if (standby.trouble === null) return 'unknown';
  return standby.trouble === 0 ? 'ok' : standby.trouble === 1 ? 'warn' : 'crit';
}

export function wordOf(server: ReplicationServer): string {
  if (!server.watched) return 'Not watched';
  if (!server.standby) return 'Not read yet';
  return server.stale
    ? `${stateWords[server.standby.state]} when last read`
    : stateWords[server.standby.state];
}

const sources: Record<NonNullable<StandbyFactsView['lagFrom']>, string> = {
  positions: 'both positions are equal',
  reached: 'it was seen to reach the primary’s position',
  'commit-time': 'at most: the time of its last replayed commit',
  history: 'at most: when the primary stood where it is now',
};

/** How the lag in seconds is known, as a few words. */
export function lagSourceText(facts: StandbyFactsView): string {
  return facts.lagFrom ? sources[facts.lagFrom] : (facts.unknownReason ?? 'nothing bounds it yet');
}

/** `≤ 12.4 s` where it is an upper bound, `0 s` where it is exact, `–` where it is not known. */
export function lagText(facts: StandbyFactsView): string {
  if (facts.lagSeconds === null) return '–';
  const isBound = facts.lagFrom === 'commit-time' || facts.lagFrom === 'history';
  return `${isBound ? '≤ ' : ''}${formatDuration(facts.lagSeconds)}`;
}
