import { type AlertSubject, alertSubjects } from '@/lib/contract/alerts';
import type {
  Channel,
  ChannelRules,
  ChannelSettings,
  EmailSettings,
  MailTls,
  NewChannel,
} from '@/lib/contract/channels';

export const subjectWords: Record<AlertSubject, string> = {
  backup: 'Backups that failed or were missed',
  drill: 'Drills that failed or were missed',
  recovery: 'Holes in the archive, exposure over the objective, repositories that cannot be read',
  finding: 'All other critical findings',
  approval: 'Plans that wait for a second person',
  'break-glass': 'Broken glass (always told)',
};

export const subjectNames: Record<AlertSubject, string> = {
  backup: 'Backup',
  drill: 'Drill',
  recovery: 'Recovery',
  finding: 'Finding',
  approval: 'Approval',
  'break-glass': 'Broken glass',
};

export const typeWords = { email: 'E-mail', webhook: 'Webhook' } as const;

/** A channel as its form holds it: everything is text until it is sent. */
export interface ChannelDraft {
  type: 'email' | 'webhook';
  name: string;
  host: string;
  port: string;
  tls: MailTls;
  username: string;
  password: string;
  from: string;
  to: string;
  url: string;
  rules: ChannelRules;
}

export function emptyDraft(): ChannelDraft {
  const rules: ChannelRules = {
    subjects: [...alertSubjects],
    level: 'warn',
    clusterIds: [],
    resolved: true,
    quiet: null,
    perHour: 20,
  };
  const mail = { host: '', port: '587', tls: 'starttls' as const, username: '', password: '' };
  return { type: 'email', name: '', ...mail, from: '', to: '', url: '', rules };
}

export function draftOf(channel: Channel): ChannelDraft {
  const draft = { ...emptyDraft(), type: channel.type, name: channel.name, rules: channel.rules };
  if ('url' in channel.settings) return { ...draft, url: channel.settings.url };
  const { port, to, ...rest } = channel.settings;
  return { ...draft, ...rest, port: String(port), to: to.join('\n') };
}

function emailSettings(draft: ChannelDraft): EmailSettings {
  const { host, port, tls, username, from, to } = draft;
  const addresses = to.split(/[\s,;]+/).filter(Boolean);
  return { host: host.trim(), port: Number(port), tls, username, from: from.trim(), to: addresses };
}

export function settingsOf(draft: ChannelDraft): ChannelSettings {
  return draft.type === 'email' ? emailSettings(draft) : { url: draft.url.trim() };
}

export function newChannelOf(draft: ChannelDraft): NewChannel {
  const { name, rules } = draft;
  if (draft.type === 'webhook') return { type: 'webhook', name, rules, settings: { url: draft.url.trim() } };
  const password = draft.password === '' ? undefined : draft.password;
  return { type: 'email', name, rules, settings: emailSettings(draft), password };
}
