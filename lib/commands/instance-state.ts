import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { clusterOrThrow } from '@/lib/commands/clusters';
import { instanceOrThrow } from '@/lib/commands/instances';
import { appendAudit } from '@/lib/store/audit';
import { updateCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { insertTest, latestTest, passedSinceChange } from '@/lib/store/instance-tests';
import { type InstanceRow, updateInstance } from '@/lib/store/instances';
import { hintNow } from '@/lib/store/notify';
import { enqueue } from '@/lib/store/outbox';

interface Meta {
  requestId: string;
}

/** A test that nobody took for this long is not waited for; a new one may be asked for. */
const staleTestMs = 120_000;

/**
 * Asks a worker of the instance's pool to test all its logins. While a test of it waits or runs, that one's id is
 * given back. With `activate` a draft becomes active when the test passes.
 */
export async function testInstance(
  db: Store,
  actor: Actor,
  input: { instanceId: string; activate?: boolean },
  meta: Meta,
): Promise<{ id: string }> {
  assertAllowed(actor, 'manage-instances');
  const activate = input.activate ?? false;
  return db.transaction().execute(async (trx) => {
    const instance = await instanceOrThrow(trx, input.instanceId, 'lock');
    const latest = await latestTest(trx, instance.id);
    const waiting =
      latest !== undefined &&
      latest.state !== 'done' &&
      Date.now() - Date.parse(latest.requested_at) < staleTestMs;
    if (waiting && latest.activate === activate) return { id: latest.id };
    const id = await insertTest(trx, { instanceId: instance.id, requestedBy: actor.name, activate });
    await enqueue(trx, { topic: 'test', subjectId: id, queue: instance.pool });
    await audit(trx, actor, 'test', instance, meta, { testId: id, activate });
    await hintNow(trx, 'test', id);
    return { id };
  });
}

/**
 * Starts to watch an instance: a draft whose newest test passed and that was not changed since, or a paused one.
 *
 * @throws PlumblineError `conflict` with what is missing.
 */
export async function activateInstance(db: Store, actor: Actor, id: string, meta: Meta): Promise<void> {
  assertAllowed(actor, 'manage-instances');
  await db.transaction().execute(async (trx) => {
    // The cluster first, as the worker's own activation does: two of these must not wait for each other.
    const { cluster_id } = await instanceOrThrow(trx, id);
    const cluster = await clusterOrThrow(trx, cluster_id, 'lock');
    const instance = await instanceOrThrow(trx, id, 'lock');
    if (instance.state === 'active') return;
    if (instance.state === 'draft') {
      if (!(await passedSinceChange(trx, id))) {
        throw new PlumblineError(
          'conflict',
          `${instance.name} has no passed test since it was last changed.`,
          {
            next: 'Test the connection; it can be activated when the test passes.',
          },
        );
      }
      if (cluster.system_identifier && cluster.system_identifier !== instance.system_identifier) {
        throw new PlumblineError(
          'conflict',
          `${instance.name} is a server of another cluster than ${cluster.name}.`,
          {
            next: 'Check host and port and test again, or add it to a cluster of its own.',
          },
        );
      }
      if (cluster.system_identifier === null && instance.system_identifier !== null) {
        await updateCluster(trx, cluster.id, { system_identifier: instance.system_identifier });
      }
    }
    await updateInstance(trx, id, { state: 'active' });
    await audit(trx, actor, 'activate', instance, meta, { before: instance.state });
    await hintNow(trx, 'instance', id);
    await hintNow(trx, 'cluster', cluster.id);
  });
}

/** Stops watching an instance until it is activated again. Runs that have started go on. */
export async function pauseInstance(db: Store, actor: Actor, id: string, meta: Meta): Promise<void> {
  assertAllowed(actor, 'manage-instances');
  await db.transaction().execute(async (trx) => {
    const instance = await instanceOrThrow(trx, id, 'lock');
    if (instance.state === 'paused') return;
    if (instance.state !== 'active') {
      throw new PlumblineError('conflict', `${instance.name} is a draft and is not watched.`, {
        next: 'Test it to activate it, or remove it.',
      });
    }
    await updateInstance(trx, id, { state: 'paused' });
    await audit(trx, actor, 'pause', instance, meta);
    await hintNow(trx, 'instance', id);
    await hintNow(trx, 'cluster', instance.cluster_id);
  });
}

/** Asks the instance's collector to run all its checks now, whatever their clocks say. */
export async function collectNow(db: Store, actor: Actor, id: string): Promise<void> {
  assertAllowed(actor, 'cancel-run');
  await db.transaction().execute(async (trx) => {
    const instance = await instanceOrThrow(trx, id);
    if (instance.state !== 'active') {
      throw new PlumblineError('conflict', `${instance.name} is not watched: it is ${instance.state}.`, {
        next: 'Activate it first.',
      });
    }
    await enqueue(trx, { topic: 'collect', subjectId: id, queue: instance.pool });
  });
}

function audit(
  trx: Store,
  actor: Actor,
  verb: string,
  instance: InstanceRow,
  meta: Meta,
  details: Record<string, string | boolean> = {},
): Promise<void> {
  return appendAudit(trx, {
    actor,
    action: `instance.${verb}`,
    subject: { kind: 'instance', id: instance.id, name: instance.name },
    details,
    requestId: meta.requestId,
  });
}
