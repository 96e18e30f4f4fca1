import { PlumblineError } from '@/lib/base/errors';
import { messageHtml, messageText, oneLine } from '@/lib/engine/alert-text';
import { channelDestination, channelSecretName } from '@/lib/engine/channel-destination';
import type { KeyPair } from '@/lib/secrets/key-file';
import { openSecret } from '@/lib/secrets/open-secret';
import type { Store } from '@/lib/store/db';
import type { TakenDelivery } from '@/lib/store/deliveries';
import { findSealedSecret } from '@/lib/store/sealed-secrets';
import { sendMail } from '@/lib/tools/mail';
import { postWebhook } from '@/lib/tools/webhook';

export interface SendOptions {
  db: Store;
  keyPair: KeyPair;
  deadlineMs: number;
  signal: AbortSignal;
  /** `host:port` of webhook receivers that may be on this machine or link. */
  trustedWebhooks: readonly string[];
  /** More authorities for mail servers, as PEM: for tests. */
  mailCa?: string | undefined;
}

/** Makes one attempt. @throws PlumblineError: `bad-input` and `conflict` when trying again does not mend it. */
export async function sendDelivery(delivery: TakenDelivery, options: SendOptions): Promise<void> {
  const { settings, message } = delivery;
  const secret = await secretOf(delivery, options);
  const common = { deliveryId: delivery.id, deadlineMs: options.deadlineMs, signal: options.signal };
  if ('url' in settings) {
    if (secret === undefined) {
      throw new PlumblineError('conflict', 'This webhook has no signing secret.', {
        next: 'Make a new one under Channels.',
      });
    }
    const { title, lines, more, consoleUrl } = message;
    const { id, kind, createdAt } = delivery;
    const body = JSON.stringify({ id, kind, createdAt, title, alerts: lines, more, consoleUrl });
    const trusted = options.trustedWebhooks;
    await postWebhook({ ...common, url: settings.url, body, secret, trusted });
    return;
  }
  const { host, port, tls, username, from, to } = settings;
  await sendMail({
    ...common,
    ...{ host, port, tls, from, to },
    ca: options.mailCa,
    login: username === '' ? undefined : { user: username, password: secret ?? '' },
    subject: oneLine(`[Plumbline] ${message.title}`, 200),
    text: messageText(message),
    html: messageHtml(message),
  });
}

async function secretOf(delivery: TakenDelivery, { db, keyPair }: SendOptions): Promise<string | undefined> {
  const name = channelSecretName(delivery.settings);
  const of = { subjectKind: 'channel' as const, subjectId: delivery.channelId, name };
  const sealed = await findSealedSecret(db, of);
  const destination = channelDestination(delivery.settings);
  return sealed && openSecret(keyPair, sealed, { ...of, destination });
}
