import type { CheckRow } from '@/lib/engine/define-check';
import type { JudgeContext, JudgedState } from '@/lib/engine/judge';
import { stateKey } from '@/lib/engine/judge';
import type { InstanceFacts } from '@/lib/instance/facts';
import { peerRows, storedRows } from '@/lib/store/check-results';
import type { LeasedInstance } from '@/lib/store/collector-leases';
import type { Store } from '@/lib/store/db';
import { openFindingsOf } from '@/lib/store/findings';
import { SeriesIds } from '@/lib/store/series';
import { DueTimes } from '@/workers/collector/pace';
import type { Source } from '@/workers/collector/sources/source';
import { Memories, type NamedCheck, type Outcome } from '@/workers/collector/visit';

export interface WatchedDatabase {
  name: string;
  mayConnect: boolean;
}

/** What both loops of an instance share while its lease lasts. */
export class InstanceState {
  readonly memories = new Memories();
  readonly seriesIds = new SeriesIds();
  readonly due = new DueTimes();
  facts: InstanceFacts | undefined;
  databases: readonly WatchedDatabase[] = [];

  constructor(
    readonly db: Store,
    readonly instance: LeasedInstance,
    readonly checks: readonly NamedCheck[],
    readonly sources: ReadonlyMap<string, Source>,
    /** Half a round: a check is due a little early rather than a whole round late. */
    private readonly slackSeconds: number,
  ) {}

  /** Findings that were open before this lease stand as they are until their object is judged again. */
  async loadOpenFindings(): Promise<void> {
    const states = new Map<string, Map<string, JudgedState>>();
    for (const open of await openFindingsOf(this.db, this.instance.id)) {
      const name = JSON.stringify([open.checkId, open.database]);
      const ofCheck = states.get(name) ?? new Map<string, JudgedState>();
      ofCheck.set(stateKey(open.key, open.judged), { level: open.level });
      states.set(name, ofCheck);
    }
    for (const [name, ofCheck] of states) {
      const [checkId, database] = JSON.parse(name) as [string, string];
      this.memories.set(checkId, database, { states: ofCheck });
    }
  }

  dueChecks(target: 'instance' | 'database', database: string): NamedCheck[] {
    const role = this.facts?.role;
    return this.checks.filter(({ id, check }) => {
      if ((check.target === 'database') !== (target === 'database')) return false;
      if (check.runsOn !== 'any' && check.runsOn !== role) return false;
      return this.due.isDue(dueName(id, database), this.slackSeconds);
    });
  }

  markDone(outcomes: readonly Outcome[], database: string): void {
    for (const { result } of outcomes) {
      const check = this.checks.find(({ id }) => id === result.checkId)?.check;
      if (check) this.due.done(dueName(result.checkId, database), check.everySeconds);
    }
  }

  context(database: string): JudgeContext {
    return { instance: this.instance.name, cluster: this.instance.clusterName, database };
  }

  peersOf(checkId: string, database: string): Promise<Record<string, CheckRow[]>> {
    return peerRows(this.db, this.instance.clusterId, this.instance.id, checkId, database);
  }

  storedRows(checkId: string, database: string): Promise<CheckRow[] | undefined> {
    return storedRows(this.db, this.instance.id, checkId, database);
  }
}

function dueName(checkId: string, database: string): string {
  return JSON.stringify([checkId, database]);
}
