import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { newId } from '@/lib/base/ids';
import { assertConfirmed, clusterOrThrow } from '@/lib/commands/clusters';
import { sealingKeyOrThrow } from '@/lib/commands/storages';
import {
  type NewStanza,
  newRepositorySchema,
  newStanzaSchema,
  type StanzaMade,
} from '@/lib/contract/stanzas';
import type { JsonObject } from '@/lib/engine/define-job';
import { repositoryBinding } from '@/lib/secrets/sealed-destinations';
import { sealSecret } from '@/lib/secrets/sealed-secret';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { listInstances } from '@/lib/store/instances';
import { hintNow } from '@/lib/store/notify';
import { replaceSecret } from '@/lib/store/sealed-secrets';
import { insertRepository, insertStanza, lastOrdinal, retireStanza } from '@/lib/store/stanza-setup';
import { type StanzaRow, stanzaOfCluster } from '@/lib/store/stanzas';
import { findStorage } from '@/lib/store/storages';

interface Meta {
  requestId: string;
}

/** Bytes of a generated pass: more than AES-256 has. */
const passBytes = 48;

/** The server whose files the stanza saves, until a run says which: the primary. */
async function serverOf(trx: Store, clusterId: string): Promise<{ id: string }> {
  const all = (await listInstances(trx, clusterId)).filter(({ state }) => state !== 'paused');
  const found = all.find(({ role }) => role === 'primary') ?? all[0];
  if (found) return found;
  throw new PlumblineError('conflict', 'The cluster has no server yet.', { next: 'Add its primary first.' });
}

function isOurs(stanza: StanzaRow): boolean {
  return stanza.state === 'active' && stanza.configPath === null;
}

/**
 * Describes where a cluster's backups go, or names a stanza that somebody else set up. It is a draft: a planned run writes
 * the configuration, or reads theirs. A draft that was there is put aside. Each pass is sealed for its repository alone
 * and given back this once.
 *
 * @throws PlumblineError `not-found`, `not-allowed`; `conflict` when the cluster has a stanza in use or no worker has a
 * key yet; `bad-input` with fields.
 */
export async function createStanza(
  db: Store,
  actor: Actor,
  clusterId: string,
  input: NewStanza,
  meta: Meta,
): Promise<StanzaMade> {
  assertAllowed(actor, 'manage-storages');
  const given = newStanzaSchema.parse(input);
  return db.transaction().execute(async (trx) => {
    const cluster = await clusterOrThrow(trx, clusterId, 'lock');
    const before = await stanzaOfCluster(trx, clusterId);
    if (before?.state === 'active') {
      throw new PlumblineError('conflict', `The cluster has the stanza ${before.name} already.`, {
        next: 'Add a repository to it, or give it up first.',
      });
    }
    if (before) await retireStanza(trx, before.id);
    const id = newId();
    const server = await serverOf(trx, clusterId);
    const plain = { id, cluster_id: clusterId, instance_id: server.id, name: given.name };
    if (given.how === 'adopt') {
      const row = { managed: false, config_path: given.configPath, created_by_name: actor.name };
      await insertStanza(trx, { ...plain, ...row });
      await note(trx, actor, 'adopt', cluster, meta, { stanza: given.name, configPath: given.configPath });
      return { id, passes: [] };
    }
    await insertStanza(trx, { ...plain, created_by_name: actor.name });
    const passes: StanzaMade['passes'] = [];
    for (const [n, repository] of given.repositories.entries()) {
      passes.push(...(await addTo(trx, { id, name: given.name }, n + 1, repository)));
    }
    const repositories = given.repositories.map(({ path, storageId, isEncrypted }) => ({
      path,
      storageId,
      isEncrypted,
    }));
    await note(trx, actor, 'describe', cluster, meta, { stanza: given.name, repositories });
    return { id, passes };
  });
}

async function addTo(
  trx: Store,
  stanza: { id: string; name: string },
  ordinal: number,
  given: z.output<typeof newRepositorySchema>,
): Promise<StanzaMade['passes']> {
  const { storageId, isEncrypted } = given;
  let { path } = given;
  if (storageId !== null) {
    const storage = await findStorage(trx, storageId);
    if (!storage) {
      throw new PlumblineError('bad-input', 'There is no such storage.', {
        fields: { storageId: 'It was removed.' },
        next: 'Choose one of the storages.',
      });
    }
    path = `/${[storage.prefix, 'pgbackrest', stanza.name].filter(Boolean).join('/')}`;
  }
  const row = { id: newId(), stanza_id: stanza.id, ordinal, storage_id: storageId, path: path ?? '' };
  await insertRepository(trx, { ...row, is_encrypted: isEncrypted });
  if (!isEncrypted) return [];
  const { keyId, publicKey } = await sealingKeyOrThrow(trx);
  const pass = randomBytes(passBytes).toString('base64url');
  const binding = repositoryBinding({ id: row.id, stanzaId: stanza.id, ordinal, storageId, path: row.path });
  const sealed = await sealSecret(publicKey, keyId, binding, pass);
  await replaceSecret(trx, {
    subjectKind: 'repository',
    subjectId: row.id,
    name: binding.name,
    sealed,
    keyId,
  });
  return [{ ordinal, pass }];
}

/**
 * Adds a repository to a stanza of ours; the set-up is then run again, so that it is created there too.
 *
 * @throws PlumblineError `not-found` without a stanza, `conflict` for an adopted one.
 */
export async function addRepository(
  db: Store,
  actor: Actor,
  clusterId: string,
  input: z.input<typeof newRepositorySchema>,
  meta: Meta,
): Promise<StanzaMade> {
  assertAllowed(actor, 'manage-storages');
  const given = newRepositorySchema.parse(input);
  return db.transaction().execute(async (trx) => {
    const cluster = await clusterOrThrow(trx, clusterId, 'lock');
    const stanza = await stanzaOrThrow(trx, clusterId);
    if (stanza.configPath !== null) {
      throw new PlumblineError('conflict', 'The configuration of this stanza is somebody else’s.', {
        next: 'Add the repository to its own file, then adopt it again.',
      });
    }
    const ordinal = (await lastOrdinal(trx, stanza.id)) + 1;
    if (ordinal > 8) {
      throw new PlumblineError('conflict', 'A stanza has room for eight repositories.', {
        next: 'Give it up and describe it anew.',
      });
    }
    const passes = await addTo(trx, stanza, ordinal, given);
    await note(trx, actor, 'add-repository', cluster, meta, {
      ordinal,
      path: given.path,
      storageId: given.storageId,
    });
    return { id: stanza.id, passes };
  });
}

/**
 * Forgets a draft or an adopted stanza. Nothing on the host or in a repository is changed.
 *
 * @throws PlumblineError `not-found`; `bad-input` when the name was not typed; `conflict` while the server archives by
 * the console's own configuration.
 */
export async function giveUpStanza(
  db: Store,
  actor: Actor,
  clusterId: string,
  confirm: string,
  meta: Meta,
): Promise<void> {
  assertAllowed(actor, 'manage-storages');
  await db.transaction().execute(async (trx) => {
    const cluster = await clusterOrThrow(trx, clusterId, 'lock');
    const stanza = await stanzaOrThrow(trx, clusterId);
    assertConfirmed(confirm, stanza.name);
    if (isOurs(stanza)) {
      throw new PlumblineError('conflict', 'The server archives into this stanza.', {
        next: 'Undo the run that set archiving up first: it puts the former archive_command back.',
      });
    }
    await retireStanza(trx, stanza.id);
    await note(trx, actor, 'give-up', cluster, meta, { stanza: stanza.name });
  });
}

async function stanzaOrThrow(trx: Store, clusterId: string): Promise<StanzaRow> {
  const stanza = await stanzaOfCluster(trx, clusterId);
  if (stanza) return stanza;
  throw new PlumblineError('not-found', 'The cluster has no stanza.', { next: 'Describe one first.' });
}

async function note(
  trx: Store,
  actor: Actor,
  verb: string,
  cluster: { id: string; name: string },
  meta: Meta,
  details: JsonObject,
): Promise<void> {
  await appendAudit(trx, {
    actor,
    action: `stanza.${verb}`,
    subject: { kind: 'cluster', id: cluster.id, name: cluster.name },
    details,
    requestId: meta.requestId,
  });
  await hintNow(trx, 'cluster', cluster.id);
}
