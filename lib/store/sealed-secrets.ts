import type { Store } from '@/lib/store/db';
import type { SecretSubject } from '@/lib/store/schema';

interface Subject {
  subjectKind: SecretSubject;
  subjectId: string;
}

/** Puts a sealed secret in place of the one of the same name. */
export async function replaceSecret(
  trx: Store,
  secret: Subject & { name: string; sealed: Buffer; keyId: string },
): Promise<void> {
  const { subjectKind, subjectId, name, sealed, keyId } = secret;
  await removeSecrets(trx, { subjectKind, subjectId }, name);
  await trx
    .insertInto('sealed_secrets')
    .values({ subject_kind: subjectKind, subject_id: subjectId, name, sealed, key_id: keyId })
    .execute();
}

/** Removes the secrets of a subject, or the one that is named. */
export async function removeSecrets(trx: Store, of: Subject, name?: string): Promise<void> {
  let query = trx
    .deleteFrom('sealed_secrets')
    .where('subject_kind', '=', of.subjectKind)
    .where('subject_id', '=', of.subjectId);
  if (name !== undefined) query = query.where('name', '=', name);
  await query.execute();
}

/** Which secrets a subject has, by name: never the secrets themselves, which the web's role cannot read. */
export async function secretNames(db: Store, of: Subject): Promise<{ name: string; updatedAt: string }[]> {
  return db
    .selectFrom('sealed_secrets')
    .select(['name', 'updated_at as updatedAt'])
    .where('subject_kind', '=', of.subjectKind)
    .where('subject_id', '=', of.subjectId)
    .orderBy('name')
    .execute();
}

/** One sealed secret, for workers; undefined when there is none. */
export async function findSealedSecret(
  db: Store,
  of: Subject & { name: string },
): Promise<{ sealed: Buffer; keyId: string } | undefined> {
  return db
    .selectFrom('sealed_secrets')
    .select(['sealed', 'key_id as keyId'])
    .where('subject_kind', '=', of.subjectKind)
    .where('subject_id', '=', of.subjectId)
    .where('name', '=', of.name)
    .executeTakeFirst();
}
