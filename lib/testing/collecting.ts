import { newId } from '@/lib/base/ids';
import { log } from '@/lib/base/server/log';
import { addCluster } from '@/lib/commands/clusters';
import type { AnyCheck } from '@/lib/engine/define-check';
import { updateInstance } from '@/lib/store/instances';
import type { Notifier } from '@/lib/store/notify';
import { watchLogin } from '@/lib/testing/check-kit';
import { addTestInstance, meta, type TestConsole } from '@/lib/testing/console';
import type { TestPostgres } from '@/lib/testing/postgres';
import { type Collector, startCollector } from '@/workers/collector';

/** Adds a test server with its watch login (`makeWatchLogin`) and makes it active without a connection test. */
export async function addWatched(
  console: TestConsole,
  server: Pick<TestPostgres, 'host' | 'port'>,
  input: { clusterId?: string; name?: string } = {},
): Promise<{ clusterId: string; instanceId: string }> {
  // One server may stand for several clusters in a test file.
  const name = `cluster ${newId()}`;
  const clusterId = input.clusterId ?? (await addCluster(console.webDb, console.actor, { name }, meta)).id;
  const added = await addTestInstance(console, server, { ...input, clusterId, logins: [watchLogin] });
  await updateInstance(console.ownerDb, added.instanceId, { state: 'active' });
  return added;
}

export interface TestCollector extends Collector {
  workerId: string;
  /** Hints that were given to pages, `topic id` each. */
  hints: string[];
}

/** A collector with the rights of a worker, with short rounds. */
export function collectFor(
  console: TestConsole,
  options: {
    checks?: Record<string, AnyCheck>;
    tickMs?: number;
    leaseSeconds?: number;
    pace?: number;
    workerId?: string;
    notifier?: Pick<Notifier, 'hint'>;
  } = {},
): TestCollector {
  const hints: string[] = [];
  const workerId = options.workerId ?? newId();
  const collector = startCollector({
    db: console.workerDb,
    keyPair: console.keyPair,
    workerId,
    env: {
      PLUMBLINE_POOLS: ['default'],
      PLUMBLINE_LEASE_SECONDS: options.leaseSeconds ?? 1,
      ...(options.pace !== undefined && { PLUMBLINE_PACE: options.pace }),
    },
    log,
    notifier: options.notifier ?? { hint: (topic, id) => hints.push(`${topic} ${id}`) },
    checks: options.checks,
    tickMs: options.tickMs ?? 100,
  });
  return { ...collector, workerId, hints };
}
