import type { z } from 'zod';
import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { type changeClusterSchema, namesProduction, newClusterSchema } from '@/lib/contract/clusters';
import { appendAudit } from '@/lib/store/audit';
import {
  type ClusterRow,
  findCluster,
  findClusterByName,
  insertCluster,
  openRunOf,
  removeSchedulesOf,
  updateCluster,
} from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { deleteLogin } from '@/lib/store/instance-logins';
import { listInstances, updateInstance } from '@/lib/store/instances';
import { hintNow } from '@/lib/store/notify';

interface Meta {
  requestId: string;
}

/** @throws PlumblineError `not-found` */
export async function clusterOrThrow(db: Store, id: string, lock?: 'lock'): Promise<ClusterRow> {
  const cluster = await findCluster(db, id, lock);
  if (cluster) return cluster;
  throw new PlumblineError('not-found', 'There is no such cluster.', {
    next: 'It may have been removed; look at the list of clusters.',
  });
}

async function assertNameFree(db: Store, name: string, except?: string): Promise<void> {
  const holder = await findClusterByName(db, name);
  if (!holder || holder.id === except) return;
  throw new PlumblineError('conflict', `There is a cluster named ${holder.name} already.`, {
    next: 'Choose another name, or add the server to that cluster.',
    fields: { name: 'Taken by another cluster.' },
  });
}

/** Adds an empty cluster. @throws PlumblineError `conflict` when its name is taken. */
export async function addCluster(
  db: Store,
  actor: Actor,
  input: z.input<typeof newClusterSchema>,
  meta: Meta,
): Promise<{ id: string }> {
  assertAllowed(actor, 'manage-instances');
  const { name, environment, isProduction = namesProduction(environment) } = newClusterSchema.parse(input);
  return db.transaction().execute(async (trx) => {
    await assertNameFree(trx, name);
    const id = await insertCluster(trx, { name, environment, isProduction });
    await appendAudit(trx, {
      actor,
      action: 'cluster.add',
      subject: { kind: 'cluster', id, name },
      details: { environment, isProduction },
      requestId: meta.requestId,
    });
    await hintNow(trx, 'cluster', id);
    return { id };
  });
}

/**
 * Renames a cluster, moves it to another environment, or says whether it is production; one that is moved to an
 * environment by that name becomes it. Its history stays with it.
 *
 * @throws PlumblineError `bad-input` when it would be production no more and its name was not typed: what is risky then
 * needs no second person.
 */
export async function changeCluster(
  db: Store,
  actor: Actor,
  id: string,
  change: z.output<typeof changeClusterSchema>,
  meta: Meta,
): Promise<void> {
  assertAllowed(actor, 'manage-instances');
  await db.transaction().execute(async (trx) => {
    const before = await clusterOrThrow(trx, id, 'lock');
    if (change.name !== undefined) await assertNameFree(trx, change.name, id);
    const { name = before.name, environment = before.environment } = change;
    const isMoved = change.environment !== undefined && namesProduction(environment);
    const isProduction = change.isProduction ?? (before.is_production || isMoved);
    const isLifted = before.is_production && !isProduction;
    if (isLifted && change.confirm !== before.name) throw unconfirmedLift(before.name);
    await updateCluster(trx, id, { name, environment, is_production: isProduction });
    await appendAudit(trx, {
      actor,
      action: isLifted ? 'cluster.lift-second-person' : 'cluster.change',
      subject: { kind: 'cluster', id, name },
      details: {
        before: {
          name: before.name,
          environment: before.environment,
          isProduction: before.is_production,
        },
        after: { name, environment, isProduction },
      },
      requestId: meta.requestId,
    });
    await hintNow(trx, 'cluster', id);
  });
}

/**
 * Removes a cluster with its instances: watching and schedules end and the sealed logins are deleted; runs, backups
 * and evidence stay as history. The files of backups are not touched.
 *
 * @throws PlumblineError `bad-input` when the name was not typed, `conflict` while a run of it is open.
 */
export async function removeCluster(
  db: Store,
  actor: Actor,
  id: string,
  confirm: string,
  meta: Meta,
): Promise<void> {
  assertAllowed(actor, 'manage-instances');
  await db.transaction().execute(async (trx) => {
    const cluster = await clusterOrThrow(trx, id, 'lock');
    assertConfirmed(confirm, cluster.name);
    const open = await openRunOf(trx, { clusterId: id });
    if (open) throw openRun(open);
    const instances = await listInstances(trx, id);
    for (const instance of instances) {
      await deleteLogin(trx, instance.id);
      await updateInstance(trx, instance.id, { state: 'removed' });
    }
    await removeSchedulesOf(trx, id);
    await updateCluster(trx, id, { removed_at: new Date() });
    await appendAudit(trx, {
      actor,
      action: 'cluster.remove',
      subject: { kind: 'cluster', id, name: cluster.name },
      details: { instances: instances.map((instance) => instance.name) },
      requestId: meta.requestId,
    });
    await hintNow(trx, 'cluster', id);
  });
}

function unconfirmedLift(name: string): PlumblineError {
  return new PlumblineError('bad-input', `One person would be enough for everything on ${name}.`, {
    next: `Type “${name}” to say that it is no production.`,
    fields: { confirm: `Type “${name}”.` },
  });
}

/** Removing asks for the name of what goes. */
export function assertConfirmed(confirm: string, name: string): void {
  if (confirm === name) return;
  throw new PlumblineError('bad-input', 'The typed name is not the name of what would be removed.', {
    next: `Type “${name}” to remove it.`,
    fields: { confirm: `Type “${name}”.` },
  });
}

/** 409 that names who holds it. */
export function openRun(run: { id: string; kind: string; state: string }): PlumblineError {
  return new PlumblineError('conflict', `The run ${run.id} (${run.kind}) is ${run.state}.`, {
    next: 'Wait until it has ended, or cancel it, then try again.',
  });
}
