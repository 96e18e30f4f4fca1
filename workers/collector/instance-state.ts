import { type FindMeasured, findMeasuredIn, measuredFiles } from '@/lib/engine/bloat-measured';
import type { CheckRow } from '@/lib/engine/define-check';
import type { JudgeContext, JudgedState } from '@/lib/engine/judge';
import { stateKey } from '@/lib/engine/judge';
import { isOwnCheck } from '@/lib/engine/own-checks';
import type { InstanceFacts } from '@/lib/instance/facts';
import { peerRows, storedRows } from '@/lib/store/check-results';
import type { LeasedInstance } from '@/lib/store/collector-leases';
import type { Store } from '@/lib/store/db';
import { openFindingsOf } from '@/lib/store/findings';
import { measuredBloat } from '@/lib/store/measured-bloat';
import { SeriesIds } from '@/lib/store/series';
import { ownRestSeconds } from '@/workers/collector/own-checks';
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
  private readonly versions = new Map<string, number>();
  facts: InstanceFacts | undefined;
  databases: readonly WatchedDatabase[] = [];

  private readonly db: Store;
  /** Half a round: a check is due a little early rather than a whole round late. */
  private readonly slackSeconds: number;

  constructor(
    private readonly deps: { db: Store; checks(): readonly NamedCheck[]; tickMs: number; pace: number },
    readonly instance: LeasedInstance,
    readonly sources: ReadonlyMap<string, Source>,
  ) {
    this.db = deps.db;
    this.slackSeconds = deps.tickMs / 2000;
  }

  /** The catalogue, and what people have switched on of their own at this moment. */
  get checks(): readonly NamedCheck[] {
    return this.deps.checks();
  }

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
    return this.checks.filter((named) => {
      const { check } = named;
      if ((check.target === 'database') !== (target === 'database')) return false;
      if (check.runsOn !== 'any' && check.runsOn !== role) return false;
      if (named.appliesTo?.(this.instance.clusterName, database) === false) return false;
      this.noticeVersion(named);
      return this.due.isDue(dueName(named, database), this.slackSeconds);
    });
  }

  private noticeVersion({ id, version }: NamedCheck): void {
    if (version === undefined || this.versions.get(id) === version) return;
    if (this.versions.has(id)) this.memories.startAnew(id);
    this.versions.set(id, version);
  }

  markDone(outcomes: readonly Outcome[], database: string): void {
    for (const { result } of outcomes) {
      const named = this.checks.find(({ id }) => id === result.checkId);
      if (!named) continue;
      const everySeconds = named.check.everySeconds / this.deps.pace;
      const rests = result.state === 'timeout' && isOwnCheck(named.id);
      this.due.done(dueName(named, database), rests ? Math.max(everySeconds, ownRestSeconds) : everySeconds);
    }
  }

  context(database: string): JudgeContext {
    return { instance: this.instance.name, cluster: this.instance.clusterName, database };
  }

  peersOf(checkId: string, database: string): Promise<Record<string, CheckRow[]>> {
    return peerRows(this.db, this.instance.clusterId, this.instance.id, checkId, database);
  }

  async measuredIn(database: string): Promise<FindMeasured> {
    const files = measuredFiles(await measuredBloat(this.db, this.instance.clusterId, database));
    return findMeasuredIn(files, database, new Date());
  }

  storedRows(checkId: string, database: string): Promise<CheckRow[] | undefined> {
    return storedRows(this.db, this.instance.id, checkId, database);
  }
}

function dueName({ id, version }: NamedCheck, database: string): string {
  return JSON.stringify([id, version ?? null, database]);
}
