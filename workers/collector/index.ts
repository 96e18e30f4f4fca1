import type { WorkerEnv } from '@/lib/base/server/env';
import type { Log } from '@/lib/base/server/log';
import type { AnyCheck } from '@/lib/engine/define-check';
import { checks as catalogue } from '@/lib/registry/checks.gen';
import type { KeyPair } from '@/lib/secrets/key-file';
import { forgetOldChanges } from '@/lib/store/changes';
import { holdLeases, releaseLeases } from '@/lib/store/collector-leases';
import { turnDays } from '@/lib/store/day-partitions';
import type { Store } from '@/lib/store/db';
import { rollUpLoad } from '@/lib/store/load-rollups';
import { forgetEpisodes } from '@/lib/store/lock-episodes';
import type { Notifier } from '@/lib/store/notify';
import { rollUpSamples } from '@/lib/store/sample-rollups';
import { forgetStatements, rollUpStatements } from '@/lib/store/statement-rollups';
import { InstanceCollector, type InstanceCollectorDeps } from '@/workers/collector/instance-collector';
import { OwnChecks } from '@/workers/collector/own-checks';
import { PeerSessions } from '@/workers/collector/peer-sessions';
import { sourceMakers } from '@/workers/collector/sources';
import { openInstance } from '@/workers/logins';

export interface CollectorOptions {
  db: Store;
  keyPair: KeyPair;
  workerId: string;
  env: Pick<WorkerEnv, 'PLUMBLINE_POOLS' | 'PLUMBLINE_LEASE_SECONDS'> &
    Partial<Pick<WorkerEnv, 'PLUMBLINE_PACE'>>;
  log: Log;
  notifier: Pick<Notifier, 'hint'>;
  /** The catalogue unless said. */
  checks?: Readonly<Record<string, AnyCheck>>;
  /** Between two rounds of an instance; 10 s at the usual pace unless said. */
  tickMs?: number;
}

export interface Collector {
  stop(): Promise<void>;
  /** Makes everything of an instance due now. False when another worker collects it. */
  collectNow(instanceId: string): boolean;
}

const usualTickMs = 10_000;
const connectTimeoutMs = 5_000;
/** Of another server of the cluster: a standby's tick waits for it. */
const peerTimeoutMs = 2_000;
const housekeepingEveryMs = 60_000;
const daysEveryMs = 3_600_000;

/**
 * Collects the instances of this worker's pools. Each is held by a lease in PostgreSQL, so that of several workers
 * exactly one asks a server; a worker that cannot renew in time stops by itself before another may begin.
 */
export function startCollector(options: CollectorOptions): Collector {
  const { db, log, workerId, env } = options;
  const leaseMs = env.PLUMBLINE_LEASE_SECONDS * 1000;
  const pace = env.PLUMBLINE_PACE ?? 1;
  const fixed = Object.entries(options.checks ?? catalogue).map(([id, check]) => ({ id, check }));
  const own = new OwnChecks(db);
  const reloadOwn = () => quietly(log, 'people’s own checks could not be read', () => own.reload());
  const peers = new PeerSessions((instanceId, signal) =>
    openInstance(db, options.keyPair, instanceId, 'watch', undefined, {
      applicationName: 'plumbline',
      connectTimeoutMs: peerTimeoutMs,
      signal,
    }),
  );
  const sourceDeps = { db, peers, pools: env.PLUMBLINE_POOLS, keyPair: options.keyPair };
  const deps: InstanceCollectorDeps = {
    db,
    log,
    notifier: options.notifier,
    checks: () => (own.checks.length > 0 ? [...fixed, ...own.checks] : fixed),
    makeSources: () => new Map(Object.entries(sourceMakers).map(([name, make]) => [name, make(sourceDeps)])),
    connect: (instanceId, database, signal) =>
      openInstance(db, options.keyPair, instanceId, 'watch', database, {
        applicationName: 'plumbline',
        connectTimeoutMs,
        signal,
      }),
    tickMs: options.tickMs ?? usualTickMs / pace,
    pace,
  };
  const running = new Map<string, InstanceCollector>();
  let heldUntil = 0;
  let isStopping = false;

  const end = async (id: string) => {
    const collector = running.get(id);
    running.delete(id);
    await collector?.stop();
  };

  const holdOn = async () => {
    const askedAt = performance.now();
    const held = await holdLeases(db, workerId, env.PLUMBLINE_POOLS, env.PLUMBLINE_LEASE_SECONDS);
    if (isStopping) return;
    heldUntil = askedAt + leaseMs;
    const byId = new Map(held.map((instance) => [instance.id, instance]));
    for (const [id, collector] of running) {
      if (byId.get(id)?.revision !== collector.revision) await end(id);
    }
    for (const instance of held) {
      if (running.has(instance.id)) continue;
      const collector = new InstanceCollector(deps, instance);
      running.set(instance.id, collector);
      collector.start();
    }
  };

  const loops = [
    repeat(leaseMs / 3, async () => {
      try {
        await holdOn();
      } catch (error) {
        log.error({ err: error }, 'the leases of the collector could not be renewed');
        // Another worker may begin when they have run out: by then nothing of ours may ask a server.
        if (performance.now() > heldUntil - leaseMs / 3) await Promise.all([...running.keys()].map(end));
      }
    }),
    repeat(leaseMs / 3, reloadOwn),
    repeat(daysEveryMs, () => quietly(log, 'days of samples could not be turned', () => turnDays(db))),
    repeat(daysEveryMs, () =>
      quietly(log, 'old lock episodes could not be forgotten', () => forgetEpisodes(db)),
    ),
    repeat(housekeepingEveryMs, () => quietly(log, 'the load could not be summed up', () => rollUpLoad(db))),
    repeat(daysEveryMs, () =>
      quietly(log, 'old statements could not be forgotten', () => forgetStatements(db)),
    ),
    repeat(daysEveryMs, () => quietly(log, 'old changes could not be forgotten', () => forgetOldChanges(db))),
    repeat(housekeepingEveryMs, () =>
      quietly(log, 'samples could not be summed up', async () => {
        while (!isStopping && (await rollUpSamples(db))) {}
      }),
    ),
    repeat(housekeepingEveryMs, () =>
      quietly(log, 'statements could not be summed up', async () => {
        while (!isStopping && (await rollUpStatements(db))) {}
      }),
    ),
  ];

  return {
    collectNow: (instanceId) => {
      const collector = running.get(instanceId);
      // Whoever asks may just have switched a check on.
      if (collector) void reloadOwn().then(() => collector.collectNow());
      return collector !== undefined;
    },
    stop: async () => {
      isStopping = true;
      await Promise.all(loops.map((loop) => loop.stop()));
      await Promise.all([...running.keys()].map(end));
      await peers.stop();
      await releaseLeases(db, workerId).catch((error: unknown) => {
        log.warn({ err: error }, 'the leases of the collector run out by themselves');
      });
    },
  };
}

async function quietly(log: Log, sentence: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error({ err: error }, sentence);
  }
}

/** Runs `work` now and every so often, never twice at once. `work` must not throw. */
function repeat(everyMs: number, work: () => Promise<unknown>): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let current: Promise<unknown> = Promise.resolve();
  const round = () => {
    current = work().then(() => {
      if (!isStopped) timer = setTimeout(round, everyMs);
    });
  };
  round();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
