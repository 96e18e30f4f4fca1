import type { Actor } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { newId } from '@/lib/base/ids';
import { parseKeyCopy } from '@/lib/base/server/dump-key-copy';
import { sealingKeyOrThrow } from '@/lib/commands/storages';
import type { JsonObject } from '@/lib/engine/define-job';
import type { JobDescriptor } from '@/lib/engine/descriptors';
import { typedKeyBinding, typedPassBinding } from '@/lib/secrets/sealed-destinations';
import { type SecretBinding, sealSecret } from '@/lib/secrets/sealed-secret';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { findDumpKey } from '@/lib/store/dump-keys';
import { stanzaOfCluster } from '@/lib/store/stanzas';
import { giveTypedCopy, insertTypedCopy } from '@/lib/store/typed-copies';
import { listUploads } from '@/lib/store/uploads';

interface TypedField {
  field: string;
  of: 'repository' | 'dump-key';
  /** The field whose value says of which. */
  by: string;
}

/** Fields of a kind that take what somebody types from where a copy is kept. */
function typedFields(job: Pick<JobDescriptor, 'choices'>): TypedField[] {
  return Object.entries(job.choices).flatMap(([field, source]) =>
    source?.from === 'typed-copy' ? [{ field, of: source.of, by: source.by }] : [],
  );
}

function refuse(field: string, message: string, next: string): never {
  throw new PlumblineError('bad-input', message, { next, fields: { [field]: message } });
}

/** A typed text, sealed in memory for the plan that is about to be asked for. */
export interface SealedCopy {
  id: string;
  /** What it is of: a repository or a key of dumps. */
  repositoryId: string | null;
  dumpKeyId: string | null;
  /** The same for people. */
  name: string;
  sealed: Buffer;
  sealedKeyId: string;
}

/** What a text is sealed for, and as what. */
interface Opens extends Pick<SealedCopy, 'repositoryId' | 'dumpKeyId' | 'name'> {
  binding: SecretBinding;
  text: string;
}

interface TypedFor {
  planId: string;
  clusterId: string;
  input: JsonObject;
  typed: Record<string, string>;
}

/**
 * Seals what was typed to the workers, each for this plan and what the input names. The input then holds an id in its
 * place.
 *
 * @throws PlumblineError `bad-input` that names the field: nothing was typed, or there is nothing that it opens;
 * `conflict` before any worker has started.
 */
export async function sealTyped(
  trx: Store,
  job: JobDescriptor,
  of: TypedFor,
): Promise<{ input: JsonObject; copies: SealedCopy[] }> {
  const fields = typedFields(job);
  const input = { ...of.input };
  for (const name of Object.keys(of.typed)) {
    if (fields.some(({ field }) => field === name)) continue;
    refuse(name, `${job.title} takes nothing typed as ${name}.`, 'Leave it out.');
  }
  const copies: SealedCopy[] = [];
  for (const one of fields) {
    const text = of.typed[one.field];
    if (text === undefined) {
      const message = 'Type the copy: one that was typed before is for its own plan only.';
      refuse(one.field, message, 'Send it as “typed”, apart from the input.');
    }
    const id = newId();
    const copy = { id, planId: of.planId };
    const opens =
      one.of === 'repository' ? passOf(trx, of, one, copy, text) : keyOf(trx, of, one, copy, text);
    const { binding, text: kept, ...subject } = await opens;
    const { keyId, publicKey } = await sealingKeyOrThrow(trx);
    const sealed = await sealSecret(publicKey, keyId, binding, kept);
    copies.push({ id, ...subject, sealed, sealedKeyId: keyId });
    input[one.field] = id;
  }
  return { input, copies };
}

async function passOf(
  trx: Store,
  of: TypedFor,
  { field, by }: TypedField,
  copy: { id: string; planId: string },
  text: string,
): Promise<Opens> {
  const stanza = await stanzaOfCluster(trx, of.clusterId);
  const ordinal = Number(of.input[by] ?? 1);
  const repository = stanza?.repositories.find((one) => one.ordinal === ordinal);
  if (!stanza || !repository) {
    refuse(by, `The cluster has no repository ${ordinal}.`, 'See its recovery page.');
  }
  if (!repository.isEncrypted) {
    const message = `Repository ${ordinal} is not encrypted: there is no pass of it to prove.`;
    refuse(field, message, 'Drill it without a typed copy.');
  }
  return {
    repositoryId: repository.id,
    dumpKeyId: null,
    name: `repository ${ordinal}`,
    binding: typedPassBinding(copy, { ...repository, stanzaId: stanza.id }),
    // The console's own passes have no blanks; on paper they come in groups and lines.
    text: stanza.configPath === null ? text.replaceAll(/\s/g, '') : text,
  };
}

/** A key's copy says by itself which key it is, and whether a character of it is wrong. */
async function keyOf(
  trx: Store,
  of: TypedFor,
  { field, by }: TypedField,
  copy: { id: string; planId: string },
  text: string,
): Promise<Opens> {
  const { keyId } = parseKeyCopy(text, field);
  const backupId = String(of.input[by] ?? '');
  const uploads = await listUploads(trx, { clusterId: of.clusterId, readyOnly: true });
  const keys = uploads.filter((upload) => upload.backupId === backupId).map((upload) => upload.keyId);
  if (keys.length === 0) refuse(by, 'No storage holds a whole copy of this dump.', 'Send it to one first.');
  const row = keys.includes(keyId) ? await findDumpKey(trx, { keyId }) : undefined;
  if (!row)
    refuse(field, 'This is the copy of another key.', `Type the copy of the key ${keys.join(' or ')}.`);
  return {
    ...{ repositoryId: null, dumpKeyId: row.id, name: `dump key ${keyId}` },
    ...{ binding: typedKeyBinding(copy, keyId), text },
  };
}

/** Keeps what was sealed, with the plan's request in one transaction. That somebody typed it is written down; what, is not. */
export async function keepTyped(
  trx: Store,
  actor: Actor,
  of: { planId: string; clusterId: string; clusterName: string; requestId: string },
  copies: readonly SealedCopy[],
): Promise<void> {
  for (const { name, ...copy } of copies) {
    await insertTypedCopy(trx, { ...copy, planId: of.planId, by: actor.name });
    await appendAudit(trx, {
      actor,
      action: 'escrow.type-copy',
      subject: { kind: 'cluster', id: of.clusterId, name: of.clusterName },
      details: { of: name, planId: of.planId },
      requestId: of.requestId,
    });
  }
}

/**
 * Gives what was typed for a plan to the run that starts from it.
 *
 * @throws PlumblineError `conflict` when it is gone: it was used, expired, or typed for another plan.
 */
export async function giveTyped(
  trx: Store,
  job: JobDescriptor,
  of: { planId: string; runId: string; input: JsonObject },
): Promise<void> {
  for (const { field } of typedFields(job)) {
    const id = of.input[field];
    if (typeof id !== 'string') continue;
    if (await giveTypedCopy(trx, { id, planId: of.planId, runId: of.runId })) continue;
    throw new PlumblineError('conflict', 'What was typed for this plan is gone.', {
      next: 'It is kept for half an hour, for one plan and one run. Make the plan anew and type it again.',
    });
  }
}
