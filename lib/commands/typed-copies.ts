import type { Actor } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { newId } from '@/lib/base/ids';
import { sealingKeyOrThrow } from '@/lib/commands/storages';
import type { JsonObject, StanzaRepository } from '@/lib/engine/define-job';
import type { JobDescriptor } from '@/lib/engine/descriptors';
import { typedPassBinding } from '@/lib/secrets/sealed-destinations';
import { sealSecret } from '@/lib/secrets/sealed-secret';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { type StanzaRow, stanzaOfCluster } from '@/lib/store/stanzas';
import { giveTypedCopy, insertTypedCopy } from '@/lib/store/typed-copies';

/** Fields of a kind that take what somebody types from where a copy is kept, with the field that names its repository. */
function typedFields(job: Pick<JobDescriptor, 'choices'>): { field: string; repository: string }[] {
  return Object.entries(job.choices).flatMap(([field, source]) =>
    source?.from === 'typed-copy' ? [{ field, repository: source.repository }] : [],
  );
}

function refuse(field: string, message: string, next: string): never {
  throw new PlumblineError('bad-input', message, { next, fields: { [field]: message } });
}

/** A typed text, sealed in memory for the plan that is about to be asked for. */
export interface SealedCopy {
  id: string;
  field: string;
  repositoryId: string;
  ordinal: number;
  sealed: Buffer;
  sealedKeyId: string;
}

/**
 * Seals what was typed to the workers, each for this plan and the repository that the input names. The input then holds
 * an id in its place.
 *
 * @throws PlumblineError `bad-input` that names the field: nothing was typed, or its repository has no pass;
 * `conflict` before any worker has started.
 */
export async function sealTyped(
  trx: Store,
  job: JobDescriptor,
  of: { planId: string; clusterId: string; input: JsonObject; typed: Record<string, string> },
): Promise<{ input: JsonObject; copies: SealedCopy[] }> {
  const fields = typedFields(job);
  const input = { ...of.input };
  for (const name of Object.keys(of.typed)) {
    if (fields.some(({ field }) => field === name)) continue;
    refuse(name, `${job.title} takes nothing typed as ${name}.`, 'Leave it out.');
  }
  const copies: SealedCopy[] = [];
  for (const { field, repository: ordinalField } of fields) {
    const text = of.typed[field];
    if (text === undefined) {
      const message = 'Type the copy: one that was typed before is for its own plan only.';
      refuse(field, message, 'Send it as “typed”, apart from the input.');
    }
    const stanza = await stanzaOfCluster(trx, of.clusterId);
    const ordinal = Number(of.input[ordinalField] ?? 1);
    const repository = stanza?.repositories.find((one) => one.ordinal === ordinal);
    if (!stanza || !repository) {
      refuse(ordinalField, `The cluster has no repository ${ordinal}.`, 'See its recovery page.');
    }
    if (!repository.isEncrypted) {
      const message = `Repository ${ordinal} is not encrypted: there is no pass of it to prove.`;
      refuse(field, message, 'Drill it without a typed copy.');
    }
    copies.push(await sealPass(trx, stanza, repository, { field, text, planId: of.planId }));
    input[field] = copies.at(-1)?.id as string;
  }
  return { input, copies };
}

async function sealPass(
  trx: Store,
  stanza: StanzaRow,
  repository: StanzaRepository,
  { field, text, planId }: { field: string; text: string; planId: string },
): Promise<SealedCopy> {
  const { keyId, publicKey } = await sealingKeyOrThrow(trx);
  const id = newId();
  const binding = typedPassBinding({ id, planId }, { ...repository, stanzaId: stanza.id });
  // The console's own passes have no blanks; on paper they come in groups and lines.
  const pass = stanza.configPath === null ? text.replaceAll(/\s/g, '') : text;
  const sealed = await sealSecret(publicKey, keyId, binding, pass);
  return {
    ...{ id, field, sealed, sealedKeyId: keyId },
    ...{ repositoryId: repository.id, ordinal: repository.ordinal },
  };
}

/** Keeps what was sealed, with the plan's request in one transaction. That somebody typed it is written down; what, is not. */
export async function keepTyped(
  trx: Store,
  actor: Actor,
  of: { planId: string; clusterId: string; clusterName: string; requestId: string },
  copies: readonly SealedCopy[],
): Promise<void> {
  for (const { id, repositoryId, ordinal, sealed, sealedKeyId } of copies) {
    await insertTypedCopy(trx, {
      ...{ id, planId: of.planId, repositoryId, sealed, sealedKeyId },
      by: actor.name,
    });
    await appendAudit(trx, {
      actor,
      action: 'repository.type-copy',
      subject: { kind: 'cluster', id: of.clusterId, name: of.clusterName },
      details: { repository: ordinal, planId: of.planId },
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
