import { formatDuration } from '@/lib/base/format';
import type { PlanDraft } from '@/lib/engine/define-job';
import { quoteIdent } from '@/lib/instance/quote';
import type { SeenSession, SignalRights } from '@/lib/procedures/session-signal-facts';

/** A session of the console: both its name and its login are ours. The name alone anybody can take. */
export const isOurs = (seen: SeenSession, ownUsers: readonly string[]) =>
  seen.application.startsWith('plumbline') && seen.user !== null && ownUsers.includes(seen.user);

export type Blocker = PlanDraft['blockers'][number];

/** Why this one may not be signalled; a person can allow what is only unusual. */
export function refusalOf(
  seen: SeenSession,
  rights: SignalRights,
  input: { allowSpecial: boolean },
  isMember: boolean,
  ownUsers: readonly string[],
): Blocker | undefined {
  const name = `Process ${seen.pid}`;
  if (isOurs(seen, ownUsers)) {
    return {
      message: `${name} is a session of Plumbline itself.`,
      next: 'Cancel the run that it belongs to.',
    };
  }
  if (seen.leaderPid !== null && seen.backendType === 'parallel worker') {
    return {
      message: `${name} is a worker of the parallel query of process ${seen.leaderPid}.`,
      next: 'Choose the leader: its workers end with it.',
    };
  }
  const kind = seen.isSuperuser
    ? `a session of the superuser ${seen.user}`
    : seen.backendType === 'client backend'
      ? undefined
      : `no client but “${seen.backendType}”`;
  if (kind && !input.allowSpecial) {
    return {
      message: `${name} is ${kind}.`,
      next: 'If you mean it, tick the box for such sessions and plan again.',
    };
  }
  if (rights.isSuperuser) return undefined;
  const role = quoteIdent(rights.user);
  if (seen.backendType === 'autovacuum worker' && rights.maySignalAutovacuum) return undefined;
  if (seen.isSuperuser || seen.user === null) {
    return {
      message: `Only a superuser may signal ${kind ?? name}; ${rights.user} is none.`,
      next:
        seen.backendType === 'autovacuum worker'
          ? `On PostgreSQL 18 and newer: grant pg_signal_autovacuum_worker to ${role}; before, a superuser does it in psql.`
          : 'A superuser does it in psql.',
    };
  }
  if (rights.maySignal || isMember) return undefined;
  return {
    message: `${rights.user} may not signal sessions of ${seen.user}.`,
    next: `grant pg_signal_backend to ${role};`,
  };
}

/** Locks that no session holds. */
export function preparedBlocker(): Blocker {
  return {
    message: 'A prepared transaction holds the lock: it has no session that could be signalled.',
    next: "Find it in pg_prepared_xacts and end it in its database: rollback prepared '…'; (or commit prepared).",
  };
}

/** A statement can be cancelled only while there is one. */
export function idleBlocker(seen: SeenSession): Blocker | undefined {
  if (seen.state === null || seen.state === 'active' || seen.state === 'fastpath function call')
    return undefined;
  const since =
    seen.xactSeconds === null ? '' : `, its transaction open for ${formatDuration(seen.xactSeconds)}`;
  return {
    message: `Process ${seen.pid} runs no statement now (${seen.state}${since}): there is nothing to cancel.`,
    next: 'Only ending the session frees its locks.',
  };
}
