import { randomBytes } from 'node:crypto';
import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { newId } from '@/lib/base/ids';
import { assertConfirmed } from '@/lib/commands/clusters';
import {
  type ChangeChannel,
  type ChannelRules,
  type ChannelSettings,
  emailSettingsSchema,
  type NewChannel,
  type SavedChannel,
  webhookSettingsSchema,
} from '@/lib/contract/channels';
import { isZone } from '@/lib/engine/alert-rules';
import { channelDestination, channelSecretName } from '@/lib/engine/channel-destination';
import { destinationDigest, sealSecret } from '@/lib/secrets/sealed-secret';
import { appendAudit } from '@/lib/store/audit';
import {
  type ChannelRow,
  channelNameTaken,
  findChannel,
  insertChannel,
  updateChannel,
} from '@/lib/store/channels';
import type { Store } from '@/lib/store/db';
import { removeSecrets, replaceSecret } from '@/lib/store/sealed-secrets';
import { sealingKey } from '@/lib/store/worker-keys';

/** Of a request that changes channels. */
export interface ChannelMeta {
  requestId: string;
  /** The address that people use: links of messages begin with it. */
  consoleUrl: string;
}

/**
 * Adds a channel. A webhook gets a signing secret of its own, which is in the answer and nowhere else.
 *
 * @throws PlumblineError `conflict` when the name is taken or no worker has a key yet; `bad-input`.
 */
export async function addChannel(
  db: Store,
  actor: Actor,
  input: NewChannel,
  meta: ChannelMeta,
): Promise<SavedChannel> {
  assertAllowed(actor, 'manage-channels');
  assertRules(input.rules);
  return db.transaction().execute(async (trx) => {
    await assertNameFree(trx, input.name);
    const id = newId();
    const { name, type, settings, rules } = input;
    const by = { createdByName: actor.name, consoleUrl: meta.consoleUrl };
    await insertChannel(trx, { id, name, type, settings, rules, ...by });
    const password = input.type === 'email' ? input.password : undefined;
    if (input.type === 'email' && input.settings.username !== '' && password === undefined)
      throw missingPassword();
    const secret = input.type === 'webhook' ? newSecret() : null;
    await keepSecret(trx, id, settings, secret ?? password);
    await auditChannel(trx, actor, 'channel.add', { id, name }, { type, ...shown(settings) }, meta);
    return { id, secret };
  });
}

/**
 * Changes a channel. Where it goes to another place, its password has to be given again: the kept one was for the
 * former place alone; a webhook gets a new signing secret then.
 */
export async function changeChannel(
  db: Store,
  actor: Actor,
  id: string,
  change: ChangeChannel,
  meta: ChannelMeta,
): Promise<SavedChannel> {
  assertAllowed(actor, 'manage-channels');
  if (change.rules) assertRules(change.rules);
  return db.transaction().execute(async (trx) => {
    const channel = await channelOrThrow(trx, id, 'lock');
    if (change.name !== undefined) await assertNameFree(trx, change.name, id);
    const settings = change.settings ? settingsOf(channel.type, change.settings) : channel.settings;
    const hasMoved =
      destinationDigest(channelDestination(settings)) !==
      destinationDigest(channelDestination(channel.settings));
    let secret: string | null = null;
    if (channel.type === 'webhook') {
      if (hasMoved || change.newSecret) secret = newSecret();
      if (secret !== null) await keepSecret(trx, id, settings, secret);
    } else if (change.password !== undefined) {
      await keepSecret(trx, id, settings, change.password);
    } else if (hasMoved) {
      if ('username' in settings && settings.username !== '') throw missingPassword();
      await removeSecrets(trx, { subjectKind: 'channel', subjectId: id });
    }
    const { name, rules, enabled } = change;
    await updateChannel(trx, id, {
      ...{ name, rules, enabled, consoleUrl: meta.consoleUrl },
      settings: change.settings && settings,
    });
    const details: Record<string, string | number | boolean> = {
      ...(change.settings && shown(settings)),
      ...(enabled !== undefined && { enabled }),
      ...(rules && { rules: JSON.stringify(rules) }),
      ...((secret !== null || change.password !== undefined) && { secret: 'replaced' }),
    };
    await auditChannel(trx, actor, 'channel.change', { id, name: name ?? channel.name }, details, meta);
    return { id, secret };
  });
}

/** Takes a channel away after its name was typed; its history stays, its secret goes. */
export async function removeChannel(
  db: Store,
  actor: Actor,
  id: string,
  confirm: string,
  meta: ChannelMeta,
): Promise<void> {
  assertAllowed(actor, 'manage-channels');
  await db.transaction().execute(async (trx) => {
    const channel = await channelOrThrow(trx, id, 'lock');
    assertConfirmed(confirm, channel.name);
    await updateChannel(trx, id, { removed: true });
    await removeSecrets(trx, { subjectKind: 'channel', subjectId: id });
    await auditChannel(trx, actor, 'channel.remove', channel, {}, meta);
  });
}

/** @throws PlumblineError `not-found` */
export async function channelOrThrow(db: Store, id: string, lock?: 'lock'): Promise<ChannelRow> {
  const channel = await findChannel(db, id, lock);
  if (channel) return channel;
  throw new PlumblineError('not-found', 'There is no such channel.', { next: 'See the list of channels.' });
}

async function assertNameFree(trx: Store, name: string, exceptId?: string): Promise<void> {
  if (!(await channelNameTaken(trx, name, exceptId))) return;
  throw new PlumblineError('conflict', `There is a channel named ${name} already.`, {
    next: 'Choose another name.',
    fields: { name: 'Taken.' },
  });
}

function assertRules(rules: ChannelRules): void {
  if (!rules.quiet || isZone(rules.quiet.zone)) return;
  throw new PlumblineError('bad-input', `${rules.quiet.zone} is no time zone.`, {
    next: 'Give one of the IANA names, like Europe/Vienna.',
    fields: { zone: 'A name like Europe/Vienna.' },
  });
}

function missingPassword(): PlumblineError {
  return new PlumblineError('bad-input', 'Give the password of this mail login.', {
    next: 'It is sealed for this server and user, so another one needs it again.',
    fields: { password: 'Needed for this server and user.' },
  });
}

/** The settings must be of the channel's own type. */
function settingsOf(type: ChannelRow['type'], settings: ChannelSettings): ChannelSettings {
  const parsed = (type === 'email' ? emailSettingsSchema : webhookSettingsSchema).safeParse(settings);
  if (parsed.success) return parsed.data;
  throw new PlumblineError('bad-input', `These are no settings of a channel by ${type}.`, {
    next: 'Add another channel instead.',
  });
}

function newSecret(): string {
  return `plw_${randomBytes(32).toString('base64url')}`;
}

async function keepSecret(
  trx: Store,
  id: string,
  settings: ChannelSettings,
  secret: string | undefined,
): Promise<void> {
  if (secret === undefined) return;
  const key = await sealingKey(trx);
  if (!key) {
    throw new PlumblineError(
      'conflict',
      'No worker has started yet, so there is no key to seal secrets to.',
      {
        next: 'Start a worker, then save the channel again.',
      },
    );
  }
  const of = { subjectKind: 'channel' as const, subjectId: id, name: channelSecretName(settings) };
  const binding = { ...of, destination: channelDestination(settings) };
  const sealed = await sealSecret(key.publicKey, key.keyId, binding, secret);
  await replaceSecret(trx, { ...of, sealed, keyId: key.keyId });
}

/** What of the settings stands in the audit log: where it goes, never with what. */
function shown(settings: ChannelSettings): Record<string, string | number> {
  if ('url' in settings) return { url: settings.url };
  const { host, port, tls, username, from, to } = settings;
  return { host, port, tls, username, from, to: to.join(', ') };
}

/** Writes down what was done to a channel. */
export async function auditChannel(
  trx: Store,
  actor: Actor,
  action: string,
  { id, name }: { id: string; name: string },
  details: Record<string, string | number | boolean>,
  meta: ChannelMeta,
): Promise<void> {
  await appendAudit(trx, {
    actor,
    action,
    subject: { kind: 'channel', id, name },
    details,
    requestId: meta.requestId,
  });
}
