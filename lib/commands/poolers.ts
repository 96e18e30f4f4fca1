import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { newId } from '@/lib/base/ids';
import { assertCertificates } from '@/lib/commands/certificates';
import { assertConfirmed } from '@/lib/commands/clusters';
import { instanceOrThrow } from '@/lib/commands/instances';
import { type NewPooler, newPoolerSchema } from '@/lib/contract/poolers';
import { certificateDigest, seal } from '@/lib/secrets/seal';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';
import { enqueue } from '@/lib/store/outbox';
import { findPooler, insertPooler, poolerNameTaken, removePoolerRow } from '@/lib/store/poolers';
import { sealingKey } from '@/lib/store/worker-keys';

interface Meta {
  requestId: string;
}

/**
 * Attaches a PgBouncer to a server, or to whoever is primary of its cluster. The password of its console is sealed for
 * this host, port and TLS mode, as those of servers are.
 *
 * @throws PlumblineError `bad-input` for a certificate that cannot be read; `conflict` when the name is taken in the
 * cluster, or no worker has a key yet.
 */
export async function attachPooler(
  db: Store,
  actor: Actor,
  instanceId: string,
  input: NewPooler,
  meta: Meta,
): Promise<{ id: string }> {
  assertAllowed(actor, 'manage-instances');
  const given = newPoolerSchema.parse(input);
  assertCertificates({ tlsCa: given.tlsCa, tlsCertificate: null });
  return db.transaction().execute(async (trx) => {
    const instance = await instanceOrThrow(trx, instanceId, 'lock');
    if (await poolerNameTaken(trx, instance.cluster_id, given.name)) {
      throw new PlumblineError('conflict', `There is a pooler named ${given.name} in this cluster already.`, {
        next: 'Choose another name.',
        fields: { name: 'Taken.' },
      });
    }
    const key = await sealingKey(trx);
    if (!key) {
      throw new PlumblineError(
        'conflict',
        'No worker has started yet, so there is no key to seal passwords to.',
        {
          next: 'Start a worker, then attach it again.',
        },
      );
    }
    const id = newId();
    const { name, host, port, tlsMode, tlsCa, user, password, followsPrimary } = given;
    // Sealed for the pooler's own id: moved to another row it opens nowhere.
    const sealed = await seal(key.publicKey, key.keyId, {
      ...{ instanceId: id, purpose: 'watch' as const, host, port, tlsMode, user, password },
      caDigest: certificateDigest(tlsCa),
    });
    await insertPooler(trx, {
      ...{ id, name, host, port, sealed },
      cluster_id: instance.cluster_id,
      instance_id: followsPrimary ? null : instance.id,
      tls_mode: tlsMode,
      tls_ca: tlsCa,
      username: user,
      key_id: key.keyId,
    });
    await appendAudit(trx, {
      actor,
      action: 'pooler.attach',
      subject: { kind: 'instance', id: instance.id, name: instance.name },
      details: { pooler: name, host, port, tlsMode, user, followsPrimary },
      requestId: meta.requestId,
    });
    if (instance.state === 'active')
      await enqueue(trx, { topic: 'collect', subjectId: instance.id, queue: instance.pool });
    await hintNow(trx, 'instance', instance.id);
    return { id };
  });
}

/** Takes a PgBouncer away after its name was typed: nothing asks it any more and its password is gone. */
export async function detachPooler(
  db: Store,
  actor: Actor,
  id: string,
  confirm: string,
  meta: Meta,
): Promise<void> {
  assertAllowed(actor, 'manage-instances');
  await db.transaction().execute(async (trx) => {
    const pooler = await findPooler(trx, id);
    if (!pooler)
      throw new PlumblineError('not-found', 'There is no such pooler.', { next: 'It may be gone already.' });
    assertConfirmed(confirm, pooler.name);
    await removePoolerRow(trx, id);
    await appendAudit(trx, {
      actor,
      action: 'pooler.detach',
      subject: { kind: 'cluster', id: pooler.cluster_id, name: null },
      details: { pooler: pooler.name, host: pooler.host, port: pooler.port },
      requestId: meta.requestId,
    });
    if (pooler.instance_id) await hintNow(trx, 'instance', pooler.instance_id);
    await hintNow(trx, 'cluster', pooler.cluster_id);
  });
}
