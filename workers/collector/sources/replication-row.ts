import { type ReadClass, readClasses } from '@/lib/engine/can-read';
import type { CheckRow } from '@/lib/engine/define-check';
import type { StandbyFacts } from '@/lib/engine/standby-facts';
import type { PrimaryReading } from '@/lib/engine/standby-readings';
import type { CountedVerdict, PeerServer } from '@/lib/store/standby-states';
import type { Sender, StandbySide } from '@/workers/collector/sources/replication-reading';

/** Who feeds a standby, with the id where it is a server of ours. */
export function feederOf(
  { reading, sender: place }: StandbySide,
  sender: Sender | undefined,
  primary: PeerServer | undefined,
  servers: readonly PeerServer[],
): { id: string | null; name: string } {
  if (sender && primary) return { id: primary.id, name: primary.name };
  if (reading.receiver === null || !place) {
    return { id: null, name: reading.hasRestoreCommand ? 'restore_command' : 'nothing' };
  }
  const at = servers.find(({ host, port }) => host === place.host && port === place.port);
  return { id: at?.id ?? null, name: at?.name ?? `${place.host}:${place.port}` };
}

/** What the two sides said, as it is stored beside the verdict. */
export function factsOf(
  standby: StandbySide,
  sender: Sender | undefined,
  primary: PrimaryReading | undefined,
) {
  const { reading } = standby;
  const committed = reading.replayedCommitEpoch;
  return {
    applicationName: standby.applicationName,
    receiver: reading.receiver?.status ?? null,
    silentSeconds: reading.receiver?.silentSeconds ?? null,
    pauseState: reading.pauseState,
    timeline: reading.timeline,
    senderState: sender?.state ?? null,
    syncState: sender?.syncState ?? null,
    lastCommitSeconds:
      primary && committed !== null ? Math.max(0, primary.epoch + primary.agoSeconds - committed) : null,
    applyDelaySeconds: reading.applyDelaySeconds,
    hotStandbyFeedback: standby.hotStandbyFeedback,
    standbyDelaySeconds: standby.standbyDelaySeconds,
  };
}

/** The check's row: what is drawn over time, and what is judged. */
export function rowOf(facts: StandbyFacts, verdicts: Record<ReadClass, CountedVerdict>): CheckRow {
  const changes = readClasses.map((each) => verdicts[each].becameReady + verdicts[each].becameUnready);
  return {
    state: facts.state,
    says: facts.says,
    fed_by: facts.fedBy,
    receiver: facts.receiver ?? 'none',
    lag_from: facts.lagFrom,
    unknown_reason: facts.unknownReason,
    trouble: facts.trouble,
    unsent_bytes: facts.unsentBytes,
    in_flight_bytes: facts.inFlightBytes,
    unreplayed_bytes: facts.unreplayedBytes,
    behind_bytes: facts.behindBytes,
    lag_seconds: facts.lagSeconds,
    overdue_seconds: facts.overdueSeconds,
    last_commit_seconds: facts.lastCommitSeconds,
    apart_seconds: facts.apartSeconds,
    ready_read: Number(verdicts.read.ready),
    ready_analytics: Number(verdicts.analytics.ready),
    ready_background: Number(verdicts.background.ready),
    verdict_changes: changes.reduce((sum, each) => sum + each, 0),
  };
}
