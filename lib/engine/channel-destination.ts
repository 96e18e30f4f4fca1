import type { ChannelSettings } from '@/lib/contract/channels';

/** Where a channel's secret may be sent: sealed together with it, so that a changed row cannot carry it elsewhere. */
export function channelDestination(settings: ChannelSettings): Record<string, string | number> {
  if ('url' in settings) return { url: settings.url };
  const { host, port, tls, username } = settings;
  return { host, port, tls, username };
}

/** The one secret of a channel: the password of a mail login, or the key that webhooks are signed with. */
export function channelSecretName(settings: ChannelSettings): 'password' | 'signing-secret' {
  return 'url' in settings ? 'signing-secret' : 'password';
}
