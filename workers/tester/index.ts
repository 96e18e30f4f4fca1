import { messageOf } from '@/lib/base/errors';
import type { Log } from '@/lib/base/server/log';
import type { TestResult } from '@/lib/contract/instances';
import type { JsonObject } from '@/lib/engine/define-job';
import type { KeyPair } from '@/lib/secrets/key-file';
import { appendAudit } from '@/lib/store/audit';
import { clusterNamesWith, findCluster, updateCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { type LoginRow, loginsOf, recordTested } from '@/lib/store/instance-logins';
import {
  claimTest,
  finishTest,
  giveUpTests,
  type InstanceTestRow,
  waitingTests,
} from '@/lib/store/instance-tests';
import {
  findInstance,
  type InstanceRow,
  listInstances,
  recordSeen,
  updateInstance,
} from '@/lib/store/instances';
import type { Notifier } from '@/lib/store/notify';
import { runTest, step, type TestOutcome } from '@/workers/tester/run-test';

export interface TesterOptions {
  db: Store;
  keyPair: KeyPair;
  log: Log;
  notifier: Notifier;
  /** Pools whose instances this worker can reach. */
  pools: readonly string[];
  /** For each login, until it may ask its first question. */
  connectTimeoutMs?: number;
  /** How often tests whose wake-up was lost are looked for. */
  sweepSeconds?: number;
  workerName?: string;
}

export interface Tester {
  /** Runs a requested test to its end; a test that another worker took, or that does not exist, is left alone. */
  test(id: string): Promise<void>;
  stop(): Promise<void>;
}

/** All of a test together; its parts have shorter deadlines of their own. */
const wholeTestMs = 60_000;
/** A test that runs longer has lost its worker. */
const deadAfterSeconds = 120;

/** Runs the connection tests that people ask for. */
export function startTester(options: TesterOptions): Tester {
  const { db, log, pools } = options;
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();

  const test = (id: string): Promise<void> => {
    const already = running.get(id);
    if (already) return already;
    const work = testOnce(options, id, stopping.signal)
      .catch((error) => log.error({ err: error, test: id }, 'a connection test could not be stored'))
      .finally(() => running.delete(id));
    running.set(id, work);
    return work;
  };

  const sweep = async () => {
    for (const { id } of await waitingTests(db, pools, 2)) void test(id);
    const lost: TestResult = {
      ...emptyResult(),
      steps: [
        step(null, 'Test', 'failed', 'The worker that ran this test ended before it did.', 'Test again.'),
      ],
    };
    for (const id of await giveUpTests(db, deadAfterSeconds, asJson(lost))) options.notifier.hint('test', id);
  };
  const timer = setInterval(
    () => void sweep().catch((error) => log.warn({ err: error }, 'lost tests could not be looked for')),
    (options.sweepSeconds ?? 5) * 1000,
  );
  return {
    test,
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await Promise.all(running.values());
    },
  };
}

function emptyResult(): TestResult {
  return { steps: [], server: null, logins: [], standbys: [], activated: false };
}

function asJson(result: TestResult): JsonObject {
  return JSON.parse(JSON.stringify(result)) as JsonObject;
}

async function testOnce(options: TesterOptions, id: string, stopping: AbortSignal): Promise<void> {
  const { db, notifier } = options;
  const test = await claimTest(db, id);
  if (!test) return;
  notifier.hint('test', id);
  const instance = await findInstance(db, test.instance_id);
  const cluster = instance && (await findCluster(db, instance.cluster_id));
  if (!instance || !cluster) {
    await finishTest(db, id, false, asJson(emptyResult()));
    return;
  }
  const logins = await loginsOf(db, [instance.id]);
  let outcome: TestOutcome;
  try {
    outcome = await runTest(
      db,
      options.keyPair,
      {
        cluster,
        instance,
        logins,
        siblings: await listInstances(db, cluster.id),
        clustersWith: (systemIdentifier) => clusterNamesWith(db, systemIdentifier),
      },
      {
        connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
        signal: AbortSignal.any([stopping, AbortSignal.timeout(wholeTestMs)]),
      },
    );
  } catch (error) {
    options.log.error({ err: error, test: id }, 'a connection test broke');
    const sentence = `The test itself broke: ${messageOf(error)}`;
    outcome = {
      ok: false,
      result: { ...emptyResult(), steps: [step(null, 'Test', 'failed', sentence, 'Test again.')] },
      seen: undefined,
    };
  }
  await settle(options, test, instance, logins, outcome);
  notifier.hint('test', id);
  notifier.hint('instance', instance.id);
  notifier.hint('cluster', cluster.id);
}

/** Stores the outcome. A test that failed changes nothing but its own row; so does one of a row that changed since. */
async function settle(
  options: TesterOptions,
  test: InstanceTestRow,
  before: InstanceRow,
  logins: LoginRow[],
  outcome: TestOutcome,
): Promise<void> {
  const { result, seen } = outcome;
  await options.db.transaction().execute(async (trx) => {
    let { ok } = outcome;
    const cluster = await findCluster(trx, before.cluster_id, 'lock');
    const instance = await findInstance(trx, before.id, 'lock');
    const now = await loginsOf(trx, [before.id]);
    const unchanged =
      instance !== undefined &&
      instance.updated_at === before.updated_at &&
      now.map((login) => login.updated_at).join() === logins.map((login) => login.updated_at).join();
    if (ok && !unchanged) {
      ok = false;
      const sentence = 'The instance was changed while it was tested, so the result does not count.';
      result.steps.push(step(null, 'Test', 'failed', sentence, 'Test again.'));
    }
    // Two first servers tested at the same time: the one that comes second meets the identity of the first here.
    if (ok && seen && cluster?.system_identifier && cluster.system_identifier !== seen.systemIdentifier) {
      ok = false;
      const sentence =
        'Meanwhile another server gave this cluster its system identifier, and this one has another.';
      result.steps.push(step(null, 'Identity', 'failed', sentence, 'Add it to a cluster of its own.'));
    }
    const passed = ok && seen !== undefined && cluster !== undefined && instance !== undefined;
    if (passed) {
      await recordSeen(trx, instance.id, seen);
      for (const login of now) {
        const tested = result.logins.find((one) => one.purpose === login.purpose);
        if (!tested) continue;
        const { purpose: _purpose, user: _user, script: _script, ...kept } = tested;
        const of = { instanceId: instance.id, purpose: login.purpose, updatedAt: login.updated_at };
        await recordTested(trx, of, JSON.parse(JSON.stringify(kept)) as JsonObject);
      }
      result.activated = test.activate && instance.state === 'draft';
      if (result.activated) {
        await updateInstance(trx, instance.id, { state: 'active' });
        await appendAudit(trx, {
          actor: { kind: 'worker', id: null, name: options.workerName ?? 'worker' },
          action: 'instance.activate',
          subject: { kind: 'instance', id: instance.id, name: instance.name },
          details: { testId: test.id, requestedBy: test.requested_by },
        });
      }
      if (cluster.system_identifier === null && (result.activated || instance.state === 'active')) {
        await updateCluster(trx, cluster.id, { system_identifier: seen.systemIdentifier });
      }
    }
    await finishTest(trx, test.id, passed, asJson(result));
  });
}
