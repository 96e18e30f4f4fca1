import type { InstanceSession } from '@/lib/instance/connect';
import type { CheckAnswer, CheckSurroundings } from '@/lib/instance/run-check';
import type { Store } from '@/lib/store/db';

export interface SourceContext {
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

/** What is not one query per tick. One is made per instance and lease, and remembers between ticks. */
export interface Source {
  collect(context: SourceContext): Promise<SourceAnswer>;
}
