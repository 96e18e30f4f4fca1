import type { SqlRow } from '@/lib/engine/define-job';
import type { PrimaryReading, StandbyReading } from '@/lib/engine/standby-readings';
import type { InstanceSession } from '@/lib/instance/connect';
import { withTransaction } from '@/lib/instance/transaction';
import { fedSql, positionSql, replayedSql, standbySql } from '@/workers/collector/sources/replication-sql';

/** A standby's side of one tick, with what finds its sender and its upstream. */
export interface StandbySide {
  reading: StandbyReading;
  /** By which name its receiver is known to its upstream. */
  applicationName: string;
  slotName: string | null;
  sender: { host: string; port: number } | null;
  hotStandbyFeedback: boolean;
  standbyDelaySeconds: number;
  systemIdentifier: string;
  serverEpoch: number;
}

export interface Sender {
  pid: number;
  applicationName: string;
  slotName: string | null;
  state: string;
  syncState: string;
  sent: number | null;
  flushed: number | null;
}

/** A primary's side of one tick: its position, and whom it sends to. */
export interface PrimarySide {
  reading: Omit<PrimaryReading, 'name'>;
  senders: Sender[];
  systemIdentifier: string;
}

const limits = (timeoutMs: number) => ({
  readOnly: true,
  statementTimeoutMs: timeoutMs,
  lockTimeoutMs: 1_000,
});

const numberOrNull = (value: SqlRow[string] | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
const textOrNull = (value: SqlRow[string] | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

/** What a standby knows of itself (manual: 9.27.4 Recovery Control Functions, 27.2.6 pg_stat_wal_receiver). */
export async function readStandby(
  session: InstanceSession,
  name: string,
  timeoutMs: number,
): Promise<StandbySide> {
  return withTransaction(session, limits(timeoutMs), async (inner) => {
    const [row] = await inner.query(standbySql);
    return standbySide(row ?? {}, name, inner.serverEpoch);
  });
}

function standbySide(row: SqlRow, name: string, serverEpoch: number): StandbySide {
  const host = textOrNull(row.sender_host);
  const port = numberOrNull(row.sender_port);
  const status = textOrNull(row.receiver_status);
  const pause = row.pause_state;
  return {
    reading: {
      name,
      received: numberOrNull(row.received),
      replayed: numberOrNull(row.replayed),
      replayedCommitEpoch: numberOrNull(row.replayed_commit),
      timeline: numberOrNull(row.timeline) ?? 0,
      pauseState: pause === 'paused' || pause === 'pause requested' ? pause : 'not paused',
      receiver: status === null ? null : { status, silentSeconds: numberOrNull(row.silent) },
      isStreamWanted: row.is_stream_wanted === true,
      hasRestoreCommand: row.has_restore_command === true,
      applyDelaySeconds: numberOrNull(row.apply_delay) ?? 0,
    },
    applicationName: applicationName(textOrNull(row.conninfo), textOrNull(row.cluster_name)),
    slotName: textOrNull(row.slot_name),
    sender: host === null || port === null ? null : { host, port },
    hotStandbyFeedback: row.feedback === true,
    standbyDelaySeconds: numberOrNull(row.standby_delay) ?? 0,
    systemIdentifier: String(row.system ?? ''),
    serverEpoch,
  };
}

/** By which name a receiver connects: its conninfo's, else cluster_name, else `walreceiver` (manual: 20.6.3). */
export function applicationName(conninfo: string | null, clusterName: string | null): string {
  const given = /(?:^|\s)application_name\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))/.exec(conninfo ?? '');
  const name = (given?.[1] ?? given?.[2])?.replace(/\\(.)/g, '$1');
  return name || clusterName || 'walreceiver';
}

/** Only how far replay is: asked again while one waits for it. Bytes since 0/0; null before anything was replayed. */
export async function readReplayed(session: InstanceSession, deadlineMs: number): Promise<number | null> {
  const [row] = await session.query(replayedSql, [], { deadlineMs });
  return numberOrNull(row?.replayed);
}

/**
 * Where a primary's WAL stands and whom it sends to (manual: 27.2.4 pg_stat_replication). Undefined when the server
 * is in recovery: then it is no primary any more.
 */
export async function readPrimary(
  session: InstanceSession,
  timeoutMs: number,
): Promise<PrimarySide | undefined> {
  return withTransaction(session, limits(timeoutMs), async (inner) => {
    const [row] = await inner.query(positionSql);
    const position = numberOrNull(row?.position);
    if (!row || position === null) return undefined;
    const senders = await inner.query(fedSql);
    return {
      reading: {
        position,
        epoch: numberOrNull(row.epoch) ?? inner.serverEpoch,
        timeline: numberOrNull(row.timeline) ?? 0,
        archiveTimeoutSeconds: numberOrNull(row.archive_timeout) ?? 0,
        segmentBytes: numberOrNull(row.segment_bytes) ?? 16 * 1024 * 1024,
        agoSeconds: 0,
      },
      senders: senders.map((sender) => ({
        pid: Number(sender.pid),
        applicationName: String(sender.application_name ?? ''),
        slotName: textOrNull(sender.slot_name),
        state: String(sender.state ?? ''),
        syncState: String(sender.sync_state ?? ''),
        sent: numberOrNull(sender.sent),
        flushed: numberOrNull(sender.flushed),
      })),
      systemIdentifier: String(row.system ?? ''),
    };
  });
}

/**
 * The sender that feeds a standby: by its slot, else by its name. Undefined when none fits, or when several do, since
 * a guess would be worse than not knowing.
 */
export function senderOf(
  standby: Pick<StandbySide, 'slotName' | 'applicationName' | 'reading'>,
  senders: readonly Sender[],
): Sender | undefined {
  if (standby.reading.receiver === null) return undefined;
  if (standby.slotName !== null) return senders.find(({ slotName }) => slotName === standby.slotName);
  const named = senders.filter(({ applicationName: name }) => name === standby.applicationName);
  return named.length === 1 ? named[0] : undefined;
}
