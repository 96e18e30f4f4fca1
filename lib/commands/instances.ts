import type { z } from 'zod';
import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { newId } from '@/lib/base/ids';
import { assertCertificates } from '@/lib/commands/certificates';
import { assertConfirmed, clusterOrThrow, openRun } from '@/lib/commands/clusters';
import { storeLogins } from '@/lib/commands/sealing';
import { type changeInstanceSchema, type NewInstance, newInstanceSchema } from '@/lib/contract/instances';
import type { JsonObject } from '@/lib/engine/define-job';
import { appendAudit } from '@/lib/store/audit';
import { openRunOf } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { deleteLogin, loginsOf } from '@/lib/store/instance-logins';
import {
  findInstance,
  findInstanceByName,
  findInstanceByPlace,
  type InstanceRow,
  insertInstance,
  updateInstance,
} from '@/lib/store/instances';
import { hintNow } from '@/lib/store/notify';

interface Meta {
  requestId: string;
}

/** @throws PlumblineError `not-found` */
export async function instanceOrThrow(db: Store, id: string, lock?: 'lock'): Promise<InstanceRow> {
  const instance = await findInstance(db, id, lock);
  if (instance) return instance;
  throw new PlumblineError('not-found', 'There is no such instance.', {
    next: 'It may have been removed; look at the list of clusters.',
  });
}

async function assertNameFree(db: Store, clusterId: string, name: string, except?: string): Promise<void> {
  const holder = await findInstanceByName(db, clusterId, name);
  if (!holder || holder.id === except) return;
  throw new PlumblineError('conflict', `There is an instance named ${holder.name} in this cluster already.`, {
    next: 'Choose another name.',
    fields: { name: 'Taken by another instance of the cluster.' },
  });
}

async function assertPlaceFree(db: Store, host: string, port: number, except?: string): Promise<void> {
  const holder = await findInstanceByPlace(db, host, port);
  if (!holder || holder.id === except) return;
  throw new PlumblineError(
    'conflict',
    `${host}:${port} is watched already, as ${holder.name} of ${holder.clusterName}.`,
    {
      next: 'Change that instance instead, or give another host or port.',
      fields: { host: `Watched already as ${holder.name} of ${holder.clusterName}.` },
    },
  );
}

/**
 * Adds a draft of an instance with sealed logins. Nothing connects to it until it is tested.
 *
 * @throws PlumblineError `bad-input` for certificates that do not fit, `conflict` when name or place are taken or no
 * worker has a key yet; a ZodError when the input was not parsed by `newInstanceSchema` before and is wrong.
 */
export async function addInstance(
  db: Store,
  actor: Actor,
  input: NewInstance,
  meta: Meta,
): Promise<{ id: string }> {
  assertAllowed(actor, 'manage-instances');
  const given = newInstanceSchema.parse(input);
  assertCertificates(given);
  return db.transaction().execute(async (trx) => {
    const cluster = await clusterOrThrow(trx, given.clusterId, 'lock');
    await assertNameFree(trx, cluster.id, given.name);
    await assertPlaceFree(trx, given.host, given.port);
    const id = newId();
    await insertInstance(trx, {
      id,
      cluster_id: cluster.id,
      name: given.name,
      host: given.host,
      port: given.port,
      database: given.database,
      tls_mode: given.tlsMode,
      tls_ca: given.tlsCa,
      tls_certificate: given.tlsCertificate,
      pool: given.pool,
      state: 'draft',
    });
    await storeLogins(trx, { ...given, instanceId: id }, given.logins, given.tlsKey);
    await audit(trx, actor, 'add', { id, name: given.name }, meta, {
      cluster: cluster.name,
      host: given.host,
      port: given.port,
      tlsMode: given.tlsMode,
      logins: given.logins.map(({ purpose, user }) => ({ purpose, user })),
    });
    await hintNow(trx, 'cluster', cluster.id);
    return { id };
  });
}

/** What a secret was entered for, besides the user; changing one of these asks for every secret again. */
const placeFields = [
  ['host', 'host'],
  ['port', 'port'],
  ['tlsMode', 'tls_mode'],
  ['tlsCa', 'tls_ca'],
  ['tlsCertificate', 'tls_certificate'],
] as const;

/**
 * Changes an instance. When host, port or anything of TLS changes, each kept login must be given again: a stored
 * secret is never sent anywhere but where it was entered for. The instance is then a draft again until it is tested.
 *
 * @throws PlumblineError `bad-input` naming the logins to give again, or `conflict`.
 */
export async function changeInstance(
  db: Store,
  actor: Actor,
  id: string,
  change: z.output<typeof changeInstanceSchema>,
  meta: Meta,
): Promise<void> {
  assertAllowed(actor, 'manage-instances');
  await db.transaction().execute(async (trx) => {
    const before = await instanceOrThrow(trx, id, 'lock');
    const place = {
      instanceId: id,
      host: change.host ?? before.host,
      port: change.port ?? before.port,
      tlsMode: change.tlsMode ?? before.tls_mode,
      tlsCa: change.tlsCa === undefined ? before.tls_ca : change.tlsCa,
    };
    const tlsCertificate =
      change.tlsCertificate === undefined ? before.tls_certificate : change.tlsCertificate;
    const moved = placeFields.filter(
      ([field, column]) => change[field] !== undefined && change[field] !== before[column],
    );
    const logins = change.logins ?? [];
    const removed = change.removeLogins ?? [];
    if (change.name !== undefined) await assertNameFree(trx, before.cluster_id, change.name, id);
    if (moved.length > 0) await assertPlaceFree(trx, place.host, place.port, id);
    const stored = await loginsOf(trx, [id]);
    const kept = stored.filter(
      (login) => !removed.includes(login.purpose) && !logins.some((given) => given.purpose === login.purpose),
    );
    if (moved.length > 0 && kept.length > 0) {
      const purposes = kept.map((login) => login.purpose).join(', ');
      throw new PlumblineError(
        'bad-input',
        `With another ${moved.map(([field]) => field).join(', ')} the stored passwords are not used: give those of ${purposes} again.`,
        {
          next: 'Enter each password again, or remove the logins that are not needed.',
          fields: { logins: `Enter again: ${purposes}.` },
        },
      );
    }
    if (kept.length + logins.length === 0) {
      throw new PlumblineError('bad-input', 'An instance needs at least one login.', {
        next: 'Keep the watch login, or remove the whole instance.',
        fields: { logins: 'At least one is needed.' },
      });
    }
    if (change.tlsKey !== undefined && logins.length === 0) {
      throw new PlumblineError(
        'bad-input',
        'The client key is sealed with each login, and no login was given.',
        {
          next: 'Give the passwords of all logins together with the key.',
          fields: { tlsKey: 'Give the passwords again too.' },
        },
      );
    }
    // The key of a client certificate is sealed with each login, so whoever gives a login gives the key too.
    if (logins.length > 0 || change.tlsKey !== undefined || change.tlsCertificate !== undefined) {
      assertCertificates({ tlsCa: place.tlsCa, tlsCertificate, tlsKey: change.tlsKey });
    }
    await updateInstance(trx, id, {
      name: change.name,
      host: change.host,
      port: change.port,
      database: change.database,
      tls_mode: change.tlsMode,
      tls_ca: change.tlsCa,
      tls_certificate: change.tlsCertificate,
      pool: change.pool,
      ...(moved.length > 0 ? { state: 'draft' as const } : {}),
    });
    for (const purpose of removed) await deleteLogin(trx, id, purpose);
    await storeLogins(trx, place, logins, change.tlsKey);
    const { logins: _logins, tlsKey: _key, ...plain } = change;
    await audit(trx, actor, 'change', { id, name: change.name ?? before.name }, meta, {
      ...(JSON.parse(JSON.stringify(plain)) as JsonObject),
      ...(moved.length > 0
        ? { before: { host: before.host, port: before.port, tlsMode: before.tls_mode } }
        : {}),
      logins: logins.map(({ purpose, user }) => ({ purpose, user })),
    });
    await hintNow(trx, 'instance', id);
    await hintNow(trx, 'cluster', before.cluster_id);
  });
}

/**
 * Removes an instance: nothing connects to it any more and its sealed logins are deleted; history stays.
 *
 * @throws PlumblineError `bad-input` when the name was not typed, `conflict` while a run on it is open.
 */
export async function removeInstance(
  db: Store,
  actor: Actor,
  id: string,
  confirm: string,
  meta: Meta,
): Promise<void> {
  assertAllowed(actor, 'manage-instances');
  await db.transaction().execute(async (trx) => {
    const instance = await instanceOrThrow(trx, id, 'lock');
    assertConfirmed(confirm, instance.name);
    const open = await openRunOf(trx, { instanceId: id });
    if (open) throw openRun(open);
    await deleteLogin(trx, id);
    await updateInstance(trx, id, { state: 'removed' });
    await audit(trx, actor, 'remove', instance, meta, { host: instance.host, port: instance.port });
    await hintNow(trx, 'instance', id);
    await hintNow(trx, 'cluster', instance.cluster_id);
  });
}

function audit(
  trx: Store,
  actor: Actor,
  verb: string,
  instance: { id: string; name: string },
  meta: Meta,
  details: JsonObject = {},
): Promise<void> {
  return appendAudit(trx, {
    actor,
    action: `instance.${verb}`,
    subject: { kind: 'instance', id: instance.id, name: instance.name },
    details,
    requestId: meta.requestId,
  });
}
