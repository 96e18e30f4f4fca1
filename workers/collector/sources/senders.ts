import type { CheckRow } from '@/lib/engine/define-check';
import { withTransaction } from '@/lib/instance/transaction';
import { type FedStandby, recordWalPosition, standbysFedBy } from '@/lib/store/standby-states';
import { readPrimary } from '@/workers/collector/sources/replication-reading';
import type { Source, SourceDeps } from '@/workers/collector/sources/source';

/**
 * Whom a server sends its WAL to, from its own view (manual: 27.2.4 pg_stat_replication); a standby that feeds others
 * has senders too. Standbys that are watched are judged by their own check, from both sides: here they are only named.
 * A primary's position is stored as well, for standbys whose worker cannot ask it.
 */
export function makeSendersSource(deps?: SourceDeps): Source {
  return {
    collect: async ({ session, instanceId, timeoutMs }) => {
      const started = performance.now();
      const fed = deps ? await standbysFedBy(deps.db, instanceId) : [];
      const primary = await readPrimary(session, timeoutMs);
      const limits = { readOnly: true, statementTimeoutMs: timeoutMs, lockTimeoutMs: 1_000 };
      const { rows, serverEpoch } = await withTransaction(session, limits, async (inner) => ({
        // Counted from the server's own position, so that WAL which was not even sent counts.
        rows: await inner.query(
          `select
             sender.pid,
             sender.application_name as standby,
             coalesce(host(sender.client_addr), 'local') as address,
             sender.state,
             sender.sync_state,
             slot.slot_name::text as slot,
             (own.position - sender.sent_lsn)::float8 as unsent_bytes,
             (sender.sent_lsn - sender.write_lsn)::float8 as unwritten_bytes,
             (sender.write_lsn - sender.flush_lsn)::float8 as unflushed_bytes,
             (sender.flush_lsn - sender.replay_lsn)::float8 as unreplayed_bytes,
             (own.position - sender.replay_lsn)::float8 as behind_bytes,
             extract(epoch from sender.replay_lag)::float8 as replay_seconds,
             extract(epoch from clock_timestamp() - sender.reply_time)::float8 as reply_seconds
           from pg_stat_replication as sender
           cross join (
             select case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end as position
           ) as own
           left join pg_replication_slots as slot on slot.active_pid = sender.pid
           where sender.state <> 'backup'`,
        ),
        serverEpoch: inner.serverEpoch,
      }));
      return {
        answer: {
          state: 'ok',
          rows: rows.map(({ pid, ...row }): CheckRow => {
            const name = nameOf(fed, Number(pid), String(row.standby));
            return {
              ...row,
              watched_as: name,
              unwatched_bytes: name === null ? (row.behind_bytes ?? null) : null,
            };
          }),
          serverEpoch,
          durationMs: performance.now() - started,
        },
        store: async (db, at) => {
          if (!primary) return;
          const { position, agoSeconds: _ago, ...facts } = primary.reading;
          await recordWalPosition(db, at, instanceId, position, facts);
        },
      };
    },
  };
}

/** The watched standby behind a sender: by the process that it was seen to hang on, else by the one of its name. */
function nameOf(fed: readonly FedStandby[], pid: number, applicationName: string): string | null {
  const known = fed.find(({ senderPid }) => senderPid === pid);
  if (known) return known.name;
  const named = fed.filter((each) => each.senderPid === null && each.applicationName === applicationName);
  return named.length === 1 ? (named[0]?.name ?? null) : null;
}
