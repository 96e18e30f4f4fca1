import { purposeWords } from '@/components/cluster/words';
import { type NewInstance, type PurposeName, purposes, type TlsModeName } from '@/lib/contract/instances';

/** What the form holds: text as typed. */
export interface PlaceDraft {
  name: string;
  host: string;
  port: string;
  database: string;
  tlsMode: TlsModeName;
  tlsCa: string;
  tlsCertificate: string;
  tlsKey: string;
  pool: string;
}

export interface LoginDraft {
  enabled: boolean;
  user: string;
  password: string;
  /** Stored and not to be entered again. */
  kept: boolean;
}
export type LoginDrafts = Record<PurposeName, LoginDraft>;

export const emptyPlace: PlaceDraft = {
  name: '',
  host: '',
  port: '5432',
  database: 'postgres',
  tlsMode: 'verify-full',
  tlsCa: '',
  tlsCertificate: '',
  tlsKey: '',
  pool: 'default',
};

export function emptyLogins(): LoginDrafts {
  const draft = (purpose: PurposeName, enabled: boolean): LoginDraft => ({
    enabled,
    user: purposeWords[purpose].user,
    password: '',
    kept: false,
  });
  return { watch: draft('watch', true), backup: draft('backup', false), operate: draft('operate', false) };
}

/** The draft as the API takes it: empty optional fields left out, the port as a number. */
export function placeOf(draft: PlaceDraft): Omit<NewInstance, 'clusterId' | 'logins'> {
  return {
    name: draft.name,
    host: draft.host,
    port: draft.port.trim() === '' ? Number.NaN : Number(draft.port),
    database: draft.database,
    tlsMode: draft.tlsMode,
    tlsCa: draft.tlsMode !== 'disable' && draft.tlsCa.trim() ? draft.tlsCa : null,
    tlsCertificate: draft.tlsMode !== 'disable' && draft.tlsCertificate.trim() ? draft.tlsCertificate : null,
    ...(draft.tlsMode !== 'disable' && draft.tlsKey.trim() ? { tlsKey: draft.tlsKey } : {}),
    pool: draft.pool,
  };
}

/** Logins whose passwords were entered. */
export function loginsOf(drafts: LoginDrafts): NewInstance['logins'] {
  return purposes
    .filter((purpose) => drafts[purpose].enabled && !drafts[purpose].kept)
    .map((purpose) => ({ purpose, user: drafts[purpose].user, password: drafts[purpose].password }));
}

/** `logins.1.password` of the request → `backup.password` of the form. */
export function fieldErrors(
  fields: Record<string, string>,
  logins: NewInstance['logins'],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([path, message]) => {
      const [root, index, field] = path.split('.');
      const purpose = root === 'logins' && index !== undefined ? logins[Number(index)]?.purpose : undefined;
      return [purpose ? `${purpose}.${field ?? 'user'}` : path, message];
    }),
  );
}
