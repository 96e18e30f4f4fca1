import type { PrimaryReading } from '@/lib/engine/standby-readings';
import type { StandbyVerdict } from '@/lib/engine/standby-verdict';

/** What the last tick knew of a standby, as it is stored: the row of the truth table with what it rests on. */
export interface StandbyFacts extends StandbyVerdict {
  /** Names at that moment; null when it is not known who feeds it. */
  primaryName: string | null;
  /** Who feeds it: the name of an instance, `host:port` of a stranger, or what a standby without a stream lives on. */
  fedBy: string;
  /** By which name its receiver is known to who feeds it. */
  applicationName: string;
  receiver: string | null;
  silentSeconds: number | null;
  pauseState: string;
  timeline: number;
  /** As the primary sees it: streaming, catchup …, sync, async …; null without a sender that is known to be its. */
  senderState: string | null;
  syncState: string | null;
  /** Age of the last replayed commit on the primary's clock; old on an idle primary, which is no lag. */
  lastCommitSeconds: number | null;
  applyDelaySeconds: number;
  hotStandbyFeedback: boolean;
  standbyDelaySeconds: number;
  apartSeconds: number | null;
}

/** What a primary's own collector stores beside its position. */
export type WalFacts = Omit<PrimaryReading, 'name' | 'position' | 'agoSeconds'>;
