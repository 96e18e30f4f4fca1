import type { CheckRow } from '@/lib/engine/define-check';
import { withTransaction } from '@/lib/instance/transaction';
import { type FedStandby, recordWalPosition, standbysFedBy } from '@/lib/store/standby-states';
import { readPrimary } from '@/workers/collector/sources/replication-reading';
import { sendersSql } from '@/workers/collector/sources/replication-sql';
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
        rows: await inner.query(sendersSql),
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
