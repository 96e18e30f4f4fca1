import type { InstanceSession } from '@/lib/instance/connect';
import type { CheckAnswer, CheckSurroundings } from '@/lib/instance/run-check';
import type { KeyPair } from '@/lib/secrets/key-file';
import type { Store } from '@/lib/store/db';
import type { PeerSessions } from '@/workers/collector/peer-sessions';

export interface SourceContext {
  /** The check that the rows are for: its own series are its memory of the past. */
  checkId?: string;
  session: InstanceSession;
  surroundings: CheckSurroundings;
  instanceId: string;
  timeoutMs: number;
}

export interface SourceAnswer {
  answer: CheckAnswer;
  /** Writes what the source keeps in a store of its own, at the moment of the tick (ISO 8601). */
  store?: (db: Store, at: string) => Promise<void>;
  /** Called once everything is stored: only now may it be remembered. */
  commit?: () => void;
  /** Called when storing failed: what `store` made is not there. */
  rollback?: () => void;
}

/** What a source may use beside the session of its own instance; a trial of a check has none of it. */
export interface SourceDeps {
  db: Store;
  /** Other servers of the cluster that this worker can reach. */
  peers: Pick<PeerSessions, 'use'>;
  /** The pools that this worker serves: servers of others it has no way to. */
  pools: readonly string[];
  /** Opens what was sealed for what stands beside a server. */
  keyPair: KeyPair;
  /** Where node_exporter listens on a machine that may be the worker's own; 9100 unless a test says so. */
  exporterPort?: number;
}

/** What is not one query per tick. One is made per instance and lease, and remembers between ticks. */
export interface Source {
  collect(context: SourceContext): Promise<SourceAnswer>;
  /** Ends what it does between ticks. */
  stop?(): void;
}
