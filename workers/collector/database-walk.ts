import { messageOf } from '@/lib/base/errors';
import type { InstanceSession } from '@/lib/instance/connect';
import { InstanceError } from '@/lib/instance/instance-error';
import { quoteIdent } from '@/lib/instance/quote';
import { readExtensions } from '@/workers/collector/databases';
import type { InstanceCollectorDeps } from '@/workers/collector/instance-collector';
import type { InstanceState, WatchedDatabase } from '@/workers/collector/instance-state';
import { Pace } from '@/workers/collector/pace';
import { persist } from '@/workers/collector/persist';
import { type NamedCheck, type Outcome, visit } from '@/workers/collector/visit';

/**
 * The second connection of an instance: it goes from database to database and runs all that is due per visit, so that
 * an instance is never asked over more than two connections, however many databases it has.
 */
export class DatabaseWalk {
  private readonly pace: Pace;
  private session: InstanceSession | undefined;

  constructor(
    private readonly deps: InstanceCollectorDeps,
    private readonly state: InstanceState,
    private readonly signal: AbortSignal,
    private readonly isReachable: () => boolean,
  ) {
    this.pace = new Pace(deps.tickMs);
  }

  wake(): void {
    this.pace.wake();
  }

  /** After the first round of the main loop: databases are known then, and nobody wants to wait a round for them. */
  wakeIfDue(): void {
    if (this.state.databases.some(({ name }) => this.state.dueChecks('database', name).length > 0))
      this.wake();
  }

  async loop(): Promise<void> {
    while (!this.signal.aborted) {
      await this.pace.wait();
      if (!this.signal.aborted && this.isReachable()) await this.round();
    }
    await this.session?.close();
  }

  private async round(): Promise<void> {
    for (const database of this.state.databases) {
      if (this.signal.aborted || !this.isReachable()) return;
      const due = this.state.dueChecks('database', database.name);
      if (due.length === 0) continue;
      try {
        await this.visitOne(database, due);
      } catch (error) {
        if (this.signal.aborted) return;
        const instance = this.state.instance.name;
        this.deps.log.error(
          { err: error, instance, database: database.name },
          'collecting a database failed',
        );
      }
    }
  }

  private async visitOne(database: WatchedDatabase, due: readonly NamedCheck[]): Promise<void> {
    const { state } = this;
    const facts = state.facts;
    if (!facts) return;
    if (!database.mayConnect) {
      const mend = `grant connect on database ${quoteIdent(database.name)} to ${quoteIdent(facts.user)};`;
      await this.store(
        database.name,
        allFailed(due, database.name, `${facts.user} may not connect to it.`, mend),
      );
      return;
    }
    try {
      const session = await this.sessionIn(database.name);
      const { outcomes, lost } = await visit({
        session,
        database: database.name,
        due,
        surroundings: { ...facts, extensions: await readExtensions(session) },
        memories: state.memories,
        sources: state.sources,
        context: state.context(database.name),
        instanceId: state.instance.id,
        peersOf: (checkId, name) => state.peersOf(checkId, name),
        storedRows: (checkId, name) => state.storedRows(checkId, name),
        measuredIn: (name) => state.measuredIn(name),
      });
      await this.store(database.name, outcomes);
      if (lost) await this.leave();
    } catch (error) {
      if (!(error instanceof InstanceError)) throw error;
      await this.leave();
      // Whether the whole server is gone is for the main loop to say; here it is this database.
      await this.store(database.name, allFailed(due, database.name, messageOf(error), null));
    }
  }

  /** The walk's connection, in this database: kept while there is but one to visit. */
  private async sessionIn(database: string): Promise<InstanceSession> {
    if (this.session?.isOpen() && this.session.database === database) return this.session;
    await this.leave();
    this.session = await this.deps.connect(this.state.instance.id, database, this.signal);
    return this.session;
  }

  private async leave(): Promise<void> {
    await this.session?.close();
    this.session = undefined;
  }

  private async store(database: string, outcomes: readonly Outcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    const { state, deps } = this;
    const { id: instanceId, clusterId } = state.instance;
    const moved = await persist({ db: deps.db, clusterId, instanceId, outcomes, seriesIds: state.seriesIds });
    state.markDone(outcomes, database);
    deps.notifier.hint('instance', instanceId);
    if (moved) deps.notifier.hint('cluster', clusterId);
  }
}

function allFailed(
  due: readonly NamedCheck[],
  database: string,
  reason: string,
  mend: string | null,
): Outcome[] {
  const state = mend === null ? ('error' as const) : ('unknown' as const);
  return due.map(({ id }) => ({
    result: { checkId: id, database, state, reason, mend, rows: undefined, durationMs: 0 },
    observation: undefined,
    store: undefined,
    commit: () => {},
    rollback: () => {},
  }));
}
