import { sql, type Transaction } from 'kysely';
import type { JsonObject, Purpose } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import type { Database, TlsMode } from '@/lib/store/schema';

type Db = Store | Transaction<Database>;

/** A login as pages may know it: the web's database role cannot read the sealed column. */
export interface LoginRow {
  instance_id: string;
  purpose: Purpose;
  username: string;
  key_id: string;
  tested: JsonObject | null;
  tested_at: string | null;
  updated_at: string;
}

/** Puts a login in place of the one of the same purpose; what was tested of the old one is forgotten. */
export async function replaceLogin(
  db: Db,
  login: { instanceId: string; purpose: Purpose; username: string; sealed: Buffer; keyId: string },
): Promise<void> {
  await deleteLogin(db, login.instanceId, login.purpose);
  await db
    .insertInto('instance_logins')
    .values({
      instance_id: login.instanceId,
      purpose: login.purpose,
      username: login.username,
      sealed: login.sealed,
      key_id: login.keyId,
    })
    .execute();
}

export async function deleteLogin(db: Db, instanceId: string, purpose?: Purpose): Promise<void> {
  let query = db.deleteFrom('instance_logins').where('instance_id', '=', instanceId);
  if (purpose) query = query.where('purpose', '=', purpose);
  await query.execute();
}

/** Logins of the given instances, without their secrets. */
export async function loginsOf(db: Db, instanceIds: readonly string[]): Promise<LoginRow[]> {
  if (instanceIds.length === 0) return [];
  return db
    .selectFrom('instance_logins')
    .select(['instance_id', 'purpose', 'username', 'key_id', 'tested', 'tested_at', 'updated_at'])
    .where('instance_id', 'in', [...instanceIds])
    .orderBy('purpose')
    .execute();
}

/** All that a worker needs to open a login and to connect with it. */
export interface SealedLoginRow {
  instanceId: string;
  instanceName: string;
  host: string;
  port: number;
  database: string;
  tlsMode: TlsMode;
  tlsCa: string | null;
  tlsCertificate: string | null;
  purpose: Purpose;
  user: string;
  sealed: Buffer;
  keyId: string;
}

/** A login with its sealed secret; for workers. Undefined when the instance has none of this purpose. */
export function sealedLogin(
  db: Db,
  instanceId: string,
  purpose: Purpose,
): Promise<SealedLoginRow | undefined> {
  return db
    .selectFrom('instance_logins as login')
    .innerJoin('instances as instance', 'instance.id', 'login.instance_id')
    .select([
      'instance.id as instanceId',
      'instance.name as instanceName',
      'instance.host',
      'instance.port',
      'instance.database',
      'instance.tls_mode as tlsMode',
      'instance.tls_ca as tlsCa',
      'instance.tls_certificate as tlsCertificate',
      'login.purpose',
      'login.username as user',
      'login.sealed',
      'login.key_id as keyId',
    ])
    .where('login.instance_id', '=', instanceId)
    .where('login.purpose', '=', purpose)
    .where('instance.state', '<>', 'removed')
    .executeTakeFirst();
}

/**
 * What a test saw of a login. `tested` holds at least `tls` and `superuser`, which readiness criteria read.
 * Nothing is written when the login was replaced after the test read it.
 */
export async function recordTested(
  db: Db,
  login: { instanceId: string; purpose: Purpose; updatedAt: string },
  tested: JsonObject,
): Promise<void> {
  await db
    .updateTable('instance_logins')
    .set({ tested: JSON.stringify(tested), tested_at: sql`clock_timestamp()` })
    .where('instance_id', '=', login.instanceId)
    .where('purpose', '=', login.purpose)
    .where('updated_at', '=', login.updatedAt)
    .execute();
}
