import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { plural } from '@/lib/base/format';
import { newId } from '@/lib/base/ids';
import { assertCertificates } from '@/lib/commands/certificates';
import { assertConfirmed } from '@/lib/commands/clusters';
import {
  type ChangeStorage,
  changeStorageSchema,
  type NewStorage,
  newStorageSchema,
} from '@/lib/contract/storages';
import { storageBinding } from '@/lib/secrets/sealed-destinations';
import { destinationDigest, sealSecret } from '@/lib/secrets/sealed-secret';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { removeSecrets, replaceSecret } from '@/lib/store/sealed-secrets';
import { insertStorageTest } from '@/lib/store/storage-tests';
import {
  findStorage,
  insertStorage,
  type StorageRow,
  storageNameTaken,
  storageUses,
  updateStorage,
} from '@/lib/store/storages';
import { sealingKey } from '@/lib/store/worker-keys';

interface Meta {
  requestId: string;
}
type Asked = { id: string; testId: string };

const subjectKind = 'storage';

async function storageOrThrow(trx: Store, id: string): Promise<StorageRow> {
  const storage = await findStorage(trx, id, 'lock');
  if (storage) return storage;
  throw new PlumblineError('not-found', 'There is no such storage.', { next: 'It may have been removed.' });
}

async function assertNameFree(trx: Store, name: string, except?: string): Promise<void> {
  if (!(await storageNameTaken(trx, name, except))) return;
  throw new PlumblineError('conflict', `There is a storage named ${name} already.`, {
    next: 'Choose another name.',
    fields: { name: 'Taken.' },
  });
}

/** The key to seal to. @throws PlumblineError `conflict` before any worker has started. */
export async function sealingKeyOrThrow(trx: Store): Promise<{ keyId: string; publicKey: Uint8Array }> {
  const key = await sealingKey(trx);
  if (key) return key;
  throw new PlumblineError('conflict', 'No worker has started yet, so there is no key to seal secrets to.', {
    next: 'Start a worker, then do it again.',
  });
}

type Place = Pick<StorageRow, 'id' | 'endpoint' | 'bucket' | 'region' | 'uri_style' | 'verify_tls'>;

function bindingOf(storage: Place, name: 'access-key' | 'secret-key') {
  const { uri_style: uriStyle, verify_tls: verifyTls, ...plain } = storage;
  return storageBinding({ ...plain, uriStyle, verifyTls }, name);
}

/** Whether keys that were entered for one may not be sent to the other. */
function isElsewhere(before: Place, after: Place): boolean {
  const [one, other] = [before, after].map((place) =>
    destinationDigest(bindingOf(place, 'access-key').destination),
  );
  return one !== other;
}

async function storeKeys(
  trx: Store,
  storage: Place,
  keys: { accessKey: string; secretKey: string },
): Promise<void> {
  const { keyId, publicKey } = await sealingKeyOrThrow(trx);
  for (const [name, secret] of [
    ['access-key', keys.accessKey],
    ['secret-key', keys.secretKey],
  ] as const) {
    const sealed = await sealSecret(publicKey, keyId, bindingOf(storage, name), secret);
    await replaceSecret(trx, { subjectKind, subjectId: storage.id, name, sealed, keyId });
  }
}

/**
 * Adds an S3 bucket that backups may be sent to, seals its keys for this place alone, and asks a worker to try it.
 *
 * @throws PlumblineError `conflict` when the name is taken or no worker has a key yet, `bad-input` with fields.
 */
export async function addStorage(db: Store, actor: Actor, input: NewStorage, meta: Meta): Promise<Asked> {
  assertAllowed(actor, 'manage-storages');
  const given = newStorageSchema.parse(input);
  assertCertificates({ tlsCa: given.tlsCa, tlsCertificate: null });
  return db.transaction().execute(async (trx) => {
    await assertNameFree(trx, given.name);
    const { name, endpoint, region, bucket, prefix, uriStyle, verifyTls, tlsCa } = given;
    const row = {
      ...{ id: newId(), type: 's3' as const, name, endpoint, region, bucket, prefix },
      ...{ uri_style: uriStyle, verify_tls: verifyTls, tls_ca: tlsCa, created_by_name: actor.name },
    };
    await insertStorage(trx, row);
    await storeKeys(trx, row, given);
    const testId = await insertStorageTest(trx, { storageId: row.id, by: actor.name });
    await appendAudit(trx, {
      actor,
      action: 'storage.add',
      subject: { kind: 'storage', id: row.id, name },
      details: { endpoint, region, bucket, prefix, uriStyle, verifyTls, hasCa: tlsCa !== null },
      requestId: meta.requestId,
    });
    return { id: row.id, testId };
  });
}

/**
 * Changes a storage and tries it again. Keys were entered for one place: another endpoint, region, bucket or TLS rule
 * needs them again, so that nobody turns a stored key elsewhere.
 *
 * @throws PlumblineError `not-found`, `conflict`, and `bad-input` with the fields of keys that are missing.
 */
export async function changeStorage(
  db: Store,
  actor: Actor,
  id: string,
  input: ChangeStorage,
  meta: Meta,
): Promise<Asked> {
  assertAllowed(actor, 'manage-storages');
  const change = changeStorageSchema.parse(input);
  if (change.tlsCa !== undefined) assertCertificates({ tlsCa: change.tlsCa, tlsCertificate: null });
  return db.transaction().execute(async (trx) => {
    const before = await storageOrThrow(trx, id);
    if (change.name !== undefined) await assertNameFree(trx, change.name, id);
    const { accessKey, secretKey, uriStyle, verifyTls, tlsCa, ...plain } = change;
    const set = {
      ...plain,
      ...(uriStyle !== undefined && { uri_style: uriStyle }),
      ...(verifyTls !== undefined && { verify_tls: verifyTls }),
      ...(tlsCa !== undefined && { tls_ca: tlsCa }),
    };
    const after = { ...before, ...set };
    // Another authority may speak for the endpoint: whoever changes it has to know the keys.
    const isMoved = isElsewhere(before, after) || after.tls_ca !== before.tls_ca;
    if (accessKey !== undefined && secretKey !== undefined)
      await storeKeys(trx, after, { accessKey, secretKey });
    else if (isMoved || accessKey !== undefined || secretKey !== undefined) {
      const needed = 'Enter it again: it was given for the former place.';
      throw new PlumblineError('bad-input', 'Both keys are needed with this change.', {
        next: 'Enter the access key and the secret key again.',
        fields: {
          ...(accessKey === undefined && { accessKey: needed }),
          ...(secretKey === undefined && { secretKey: needed }),
        },
      });
    }
    const findsOthers = after.bucket !== before.bucket || after.prefix !== before.prefix;
    const uses = findsOthers ? await usesOf(trx, id) : [];
    if (uses.length > 0) {
      throw new PlumblineError(
        'conflict',
        `Other objects would be looked for: it holds ${uses.join(', ')}.`,
        {
          next: 'Add the new bucket or prefix as a storage of its own.',
        },
      );
    }
    await updateStorage(trx, id, set);
    const testId = await insertStorageTest(trx, { storageId: id, by: actor.name });
    await appendAudit(trx, {
      actor,
      action: 'storage.change',
      subject: { kind: 'storage', id, name: after.name },
      details: {
        ...plain,
        ...(uriStyle !== undefined && { uriStyle }),
        ...(verifyTls !== undefined && { verifyTls }),
        newKeys: accessKey !== undefined,
      },
      requestId: meta.requestId,
    });
    return { id, testId };
  });
}

/** What stands on a storage, as phrases. */
async function usesOf(trx: Store, id: string): Promise<string[]> {
  const uses = (await storageUses(trx)).get(id);
  return [
    ...(uses?.repositories.map((name) => `the repository of ${name}`) ?? []),
    ...(uses?.uploads ? [plural(uses.uploads, 'uploaded backup')] : []),
    ...(uses?.uploading ? [plural(uses.uploading, 'unfinished upload')] : []),
  ];
}

/** Takes a storage away after its name was typed, and its keys with it. @throws `conflict` while it is used. */
export async function removeStorage(
  db: Store,
  actor: Actor,
  id: string,
  confirm: string,
  meta: Meta,
): Promise<void> {
  assertAllowed(actor, 'manage-storages');
  await db.transaction().execute(async (trx) => {
    const storage = await storageOrThrow(trx, id);
    assertConfirmed(confirm, storage.name);
    const uses = await usesOf(trx, id);
    if (uses.length > 0) {
      throw new PlumblineError('conflict', `${storage.name} is in use: ${uses.join(', ')}.`, {
        next: 'Let the backups in it expire, or move the repository, first.',
      });
    }
    await removeSecrets(trx, { subjectKind, subjectId: id });
    await updateStorage(trx, id, { removed: true });
    await appendAudit(trx, {
      actor,
      action: 'storage.remove',
      subject: { kind: 'storage', id, name: storage.name },
      details: { endpoint: storage.endpoint, bucket: storage.bucket },
      requestId: meta.requestId,
    });
  });
}

/** Asks a worker to try a storage again. @throws PlumblineError `not-found` */
export async function testStorage(db: Store, actor: Actor, id: string): Promise<{ testId: string }> {
  assertAllowed(actor, 'manage-storages');
  return db.transaction().execute(async (trx) => {
    const storage = await storageOrThrow(trx, id);
    return { testId: await insertStorageTest(trx, { storageId: storage.id, by: actor.name }) };
  });
}
