import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { Log } from '@/lib/base/server/log';
import type { InstanceSession } from '@/lib/instance/connect';
import { type Identity, readFacts, readIdentity } from '@/lib/instance/facts';
import { InstanceError } from '@/lib/instance/instance-error';
import type { LeasedInstance } from '@/lib/store/collector-leases';
import type { Store } from '@/lib/store/db';
import { recordAlive, recordClusterIdentity, recordUnreachable } from '@/lib/store/instance-sightings';
import { recordSeen } from '@/lib/store/instances';
import type { Notifier } from '@/lib/store/notify';
import { touchedEverySeconds, touchSeries } from '@/lib/store/series';
import { closeBuiltIns, openBuiltIn } from '@/workers/collector/built-in-findings';
import { DatabaseWalk } from '@/workers/collector/database-walk';
import { readDatabases } from '@/workers/collector/databases';
import { forgetDatabases, forgetOtherRole, knownDatabases } from '@/workers/collector/forget';
import { InstanceState } from '@/workers/collector/instance-state';
import { Pace } from '@/workers/collector/pace';
import { persist } from '@/workers/collector/persist';
import type { Source } from '@/workers/collector/sources/source';
import { type NamedCheck, visit } from '@/workers/collector/visit';

export interface InstanceCollectorDeps {
  db: Store;
  log: Log;
  notifier: Pick<Notifier, 'hint'>;
  checks(): readonly NamedCheck[];
  makeSources(): ReadonlyMap<string, Source>;
  /** Connects with the watch login, to the maintenance database unless another is named. */
  connect(instanceId: string, database: string | undefined, signal: AbortSignal): Promise<InstanceSession>;
  /** Between two rounds; a check's own cadence is a multiple of it. */
  tickMs: number;
  /** How many times as often as it says each check is asked. */
  pace: number;
}

/** Of the server's facts and its list of databases. */
const factsEverySeconds = 60;
const databasesEverySeconds = 30;
/** An unreachable server is tried again ever more seldom, up to this. */
const backOffAtMostMs = 30_000;
/** A connection that broke once is made anew this soon; nobody is told yet. */
const retryMs = 500;
const identityDeadlineMs = 5_000;

/**
 * Collects one instance while its lease lasts: one loop on the maintenance database, one that walks the databases.
 * Neither ever overlaps itself, and a server that hangs holds up nobody but them.
 */
export class InstanceCollector {
  private readonly state: InstanceState;
  private readonly pace: Pace;
  private readonly walk: DatabaseWalk;
  private readonly stopping = new AbortController();
  private session: InstanceSession | undefined;
  private failures = 0;
  private expectedSystem: string | undefined;
  private isReachable: boolean | undefined;
  private factsReadAt = Number.NEGATIVE_INFINITY;
  private databasesReadAt = Number.NEGATIVE_INFINITY;
  private touchedAt = performance.now() / 1000;
  private finished: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly deps: InstanceCollectorDeps,
    private readonly instance: LeasedInstance,
  ) {
    this.state = new InstanceState(deps, instance, deps.makeSources());
    this.pace = new Pace(deps.tickMs);
    this.walk = new DatabaseWalk(deps, this.state, this.stopping.signal, () => this.isReachable === true);
  }

  get revision(): string {
    return this.instance.revision;
  }

  start(): void {
    this.finished = Promise.all([this.loop(), this.walk.loop()]);
  }

  /** Makes everything due and starts at once. */
  collectNow(): void {
    this.state.due.clear();
    // Whoever asks for it may just have created the extension or granted the right that was missing.
    this.factsReadAt = Number.NEGATIVE_INFINITY;
    this.pace.wake();
    this.walk.wake();
  }

  /** Ends both loops; what runs on the server is cancelled there. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.pace.wake();
    this.walk.wake();
    for (const source of this.state.sources.values()) source.stop?.();
    await this.finished;
    await this.session?.close();
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    let isLoaded = false;
    while (!signal.aborted) {
      try {
        if (!isLoaded) await this.state.loadOpenFindings();
        isLoaded = true;
        await this.tick();
        this.failures = 0;
        this.walk.wakeIfDue();
        await this.pace.wait();
      } catch (error) {
        if (signal.aborted) break;
        this.failures += 1;
        await this.pace.wait(await this.failed(error));
      }
    }
  }

  private async tick(): Promise<void> {
    const { session, identity } = await this.meet();
    const { state, instance } = this;
    await this.learn(session, identity);
    const facts = state.facts;
    if (!facts) return;
    const { outcomes, lost } = await visit({
      session,
      database: '',
      due: state.dueChecks('instance', ''),
      surroundings: facts,
      memories: state.memories,
      sources: state.sources,
      context: state.context(''),
      instanceId: instance.id,
      peersOf: (checkId, database) => state.peersOf(checkId, database),
      storedRows: (checkId, database) => state.storedRows(checkId, database),
    });
    const wasReachable = this.isReachable === true;
    const moved = await persist({
      db: this.deps.db,
      clusterId: instance.clusterId,
      instanceId: instance.id,
      outcomes,
      seriesIds: state.seriesIds,
      also: async (db) => {
        await recordAlive(db, instance.id, identity);
        if (!wasReachable)
          await closeBuiltIns(db, ['instance-unreachable', 'instance-stranger'], instance.id);
      },
    });
    state.markDone(outcomes, '');
    this.isReachable = true;
    this.deps.notifier.hint('instance', instance.id);
    if (moved || !wasReachable) this.deps.notifier.hint('cluster', instance.clusterId);
    await this.touch();
    if (lost) throw lost;
  }

  /** The open session and who answers there; a connection that broke since the last round is made anew once. */
  private async meet(): Promise<{ session: InstanceSession; identity: Identity }> {
    if (this.session?.isOpen()) {
      try {
        return { session: this.session, identity: await readIdentity(this.session, identityDeadlineMs) };
      } catch (error) {
        if (!(error instanceof InstanceError && error.reason === 'dropped')) throw error;
      }
    }
    await this.session?.close();
    this.session = undefined;
    this.session = await this.deps.connect(this.instance.id, undefined, this.stopping.signal);
    return { session: this.session, identity: await readIdentity(this.session, identityDeadlineMs) };
  }

  /** Refuses a stranger, notices a new role, and reads facts and databases now and then. */
  private async learn(session: InstanceSession, identity: Identity): Promise<void> {
    const { state, instance } = this;
    const { db } = this.deps;
    const expected = this.expectedSystem ?? instance.systemIdentifier ?? instance.clusterSystemIdentifier;
    if (expected !== null && expected !== identity.systemIdentifier) {
      throw new InstanceError(
        'stranger',
        `${instance.name} answers as another cluster (system identifier ${identity.systemIdentifier}, expected ${expected}): nothing is collected from it.`,
        { next: 'If this server was made anew on purpose, remove the instance and add it again.' },
      );
    }
    this.expectedSystem = identity.systemIdentifier;
    const now = performance.now() / 1000;
    const hasChanged =
      state.facts?.role !== identity.role ||
      state.facts.timeline !== identity.timeline ||
      state.facts.serverVersionNum !== identity.serverVersionNum;
    if (hasChanged || now - this.factsReadAt >= factsEverySeconds / this.deps.pace) {
      const before = state.facts?.role ?? instance.role;
      const facts = { ...(await readFacts(session, identityDeadlineMs)), ...identity };
      await recordSeen(db, instance.id, {
        role: facts.role,
        timeline: facts.timeline,
        systemIdentifier: facts.systemIdentifier,
        serverVersionNum: facts.serverVersionNum,
        facts: { ...facts, tls: session.tls, pooled: session.pooled },
      });
      await recordClusterIdentity(db, instance.clusterId, facts.systemIdentifier);
      state.facts = facts;
      this.factsReadAt = now;
      if (before !== facts.role) {
        await forgetOtherRole(db, state, facts.role);
        this.deps.log.info({ instance: instance.name, role: facts.role }, 'the role of an instance was read');
        this.deps.notifier.hint('cluster', instance.clusterId);
      }
    }
    if (now - this.databasesReadAt >= databasesEverySeconds / this.deps.pace) {
      const databases = await readDatabases(session);
      const names = new Set(databases.map(({ name }) => name));
      const gone = await knownDatabases(db, instance.id, state);
      state.databases = databases;
      await forgetDatabases(
        db,
        state,
        gone.filter((name) => !names.has(name)),
      );
      this.databasesReadAt = now;
    }
  }

  private async touch(): Promise<void> {
    const now = performance.now() / 1000;
    if (now - this.touchedAt < touchedEverySeconds) return;
    this.touchedAt = now;
    await touchSeries(this.deps.db, this.state.seriesIds.takeTouched());
  }

  /** Tells what is wrong with the server, and how long to wait before it is asked again, in ms. */
  private async failed(error: unknown): Promise<number> {
    const { db, log, notifier, tickMs } = this.deps;
    const { instance } = this;
    const backOffMs = Math.min(backOffAtMostMs, tickMs * 2 ** Math.min(10, this.failures - 1));
    if (!(error instanceof PlumblineError)) {
      log.error({ err: error, instance: instance.name }, 'collecting an instance failed');
      return backOffMs;
    }
    const reason = error instanceof InstanceError ? error.reason : error.code;
    if (this.failures === 1 && (reason === 'dropped' || reason === 'timed-out'))
      return Math.min(retryMs, tickMs);
    await this.session?.close();
    this.session = undefined;
    try {
      if (this.isReachable !== false) log.warn({ instance: instance.name, reason }, error.message);
      const isStranger = reason === 'stranger';
      const place = { clusterId: instance.clusterId, instanceId: instance.id, instanceName: instance.name };
      const sentence = isStranger ? error.message : `${instance.name} can’t be watched: ${error.message}`;
      const which = isStranger ? 'instance-stranger' : 'instance-unreachable';
      await db.transaction().execute(async (trx) => {
        await recordUnreachable(trx, instance.id, error.message);
        await openBuiltIn(trx, which, place, sentence, error.next ?? null);
      });
      this.isReachable = false;
      notifier.hint('instance', instance.id);
      notifier.hint('cluster', instance.clusterId);
    } catch (storeError) {
      log.error({ err: storeError, instance: instance.name }, messageOf(storeError));
    }
    return backOffMs;
  }
}
