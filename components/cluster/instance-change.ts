import {
  emptyLogins,
  type LoginDrafts,
  loginsOf,
  type PlaceDraft,
  placeOf,
} from '@/components/cluster/instance-draft';
import { type ChangeInstance, type InstanceDetail, purposes } from '@/lib/contract/instances';

export interface InstanceDrafts {
  place: PlaceDraft;
  logins: LoginDrafts;
}

/** The form as the instance is now; stored logins are kept until somebody enters them again. */
export function draftsOf(instance: InstanceDetail): InstanceDrafts {
  const logins = emptyLogins();
  for (const purpose of purposes) {
    const stored = instance.logins.find((login) => login.purpose === purpose);
    logins[purpose] = stored
      ? { enabled: true, user: stored.user, password: '', kept: true }
      : { ...logins[purpose], enabled: false };
  }
  return {
    place: {
      name: instance.name,
      host: instance.host,
      port: String(instance.port),
      database: instance.database,
      tlsMode: instance.tlsMode,
      tlsCa: instance.tlsCa ?? '',
      tlsCertificate: instance.tlsCertificate ?? '',
      tlsKey: '',
      pool: instance.pool,
    },
    logins,
  };
}

const placeWords = {
  host: 'host',
  port: 'port',
  tlsMode: 'TLS mode',
  tlsCa: 'certificate authority',
  tlsCertificate: 'client certificate',
} as const;

/** What of the place differs, in words: each of these asks for the passwords again. */
export function movedFields(instance: InstanceDetail, place: PlaceDraft): string[] {
  const next = placeOf(place);
  return (Object.keys(placeWords) as (keyof typeof placeWords)[])
    .filter((field) => next[field] !== instance[field])
    .map((field) => placeWords[field]);
}

/** Only what differs, as the API takes it. */
export function changeOf(instance: InstanceDetail, drafts: InstanceDrafts): ChangeInstance {
  const { tlsKey, ...next } = placeOf(drafts.place);
  const changed = Object.fromEntries(
    Object.entries(next).filter(([field, value]) => value !== instance[field as keyof InstanceDetail]),
  );
  const logins = loginsOf(drafts.logins);
  const removeLogins = instance.logins
    .map((login) => login.purpose)
    .filter((purpose) => !drafts.logins[purpose].enabled);
  return {
    ...changed,
    ...(tlsKey === undefined ? {} : { tlsKey }),
    ...(logins.length > 0 ? { logins } : {}),
    ...(removeLogins.length > 0 ? { removeLogins } : {}),
  };
}
