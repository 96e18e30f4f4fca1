import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { StanzaChange, StanzaRecord, StanzaRepository } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { fenced, type Held } from '@/lib/store/run-claims';

/** A stanza with when its repositories were last looked at, and what stood in the way. */
export interface StanzaRow extends StanzaRecord {
  lookedAt: string | null;
  problem: string | null;
}

/** Stanzas that are in use, with their repositories in order: of one cluster, of one worker, or all. */
export async function listStanzas(
  db: Store,
  of: { clusterId?: string; id?: string; workerName?: string } = {},
): Promise<StanzaRow[]> {
  let query = db
    .selectFrom('stanzas')
    .select([
      'id',
      'cluster_id as clusterId',
      'instance_id as instanceId',
      'name',
      'state',
      'managed as isManaged',
      'worker_name as workerName',
      'data_directory as dataDirectory',
      'config_path as configPath',
      'facts',
      'looked_at as lookedAt',
      'problem',
    ])
    .where('state', '<>', 'retired')
    .orderBy('created_at');
  if (of.clusterId) query = query.where('cluster_id', '=', of.clusterId);
  if (of.id) query = query.where('id', '=', of.id);
  if (of.workerName) query = query.where('worker_name', '=', of.workerName);
  const stanzas = await query.execute();
  if (stanzas.length === 0) return [];
  const repositories = await db
    .selectFrom('stanza_repositories')
    .select([
      'id',
      'stanza_id as stanzaId',
      'ordinal',
      'storage_id as storageId',
      'path',
      'is_encrypted as isEncrypted',
      'options',
    ])
    .where(
      'stanza_id',
      'in',
      stanzas.map((stanza) => stanza.id),
    )
    .where('removed_at', 'is', null)
    .orderBy('ordinal')
    .execute();
  return stanzas.map((stanza) => ({
    ...stanza,
    state: stanza.state as StanzaRecord['state'],
    repositories: repositories
      .filter((repository) => repository.stanzaId === stanza.id)
      .map(({ stanzaId: _, ...repository }): StanzaRepository => repository),
  }));
}

/** The stanza of a cluster, unless it has none or it was retired. */
export async function stanzaOfCluster(db: Store, clusterId: string): Promise<StanzaRow | undefined> {
  return (await listStanzas(db, { clusterId }))[0];
}

/** What a run found out about a stanza, or made of it. */
export async function changeStanza(
  db: Store,
  held: Held,
  id: string,
  workerName: string,
  change: StanzaChange,
): Promise<void> {
  await fenced(db, held, async (trx) => {
    await trx
      .updateTable('stanzas')
      .set({
        ...(change.state && { state: change.state }),
        ...(change.isManaged !== undefined && { managed: change.isManaged }),
        ...(change.name !== undefined && { name: change.name }),
        ...(change.instanceId !== undefined && { instance_id: change.instanceId }),
        ...(change.dataDirectory !== undefined && { data_directory: change.dataDirectory }),
        // Beside what the last look has found, which is another's word.
        ...(change.facts && { facts: sql`facts || ${JSON.stringify(change.facts)}::jsonb` }),
        worker_name: workerName,
        updated_at: new Date().toISOString(),
      })
      .where('id', '=', id)
      .execute();
    if (change.repositories) await adoptRepositories(trx, id, change.repositories);
  });
}

async function adoptRepositories(
  trx: Store,
  stanzaId: string,
  repositories: NonNullable<StanzaChange['repositories']>,
): Promise<void> {
  const ordinals = repositories.map(({ ordinal }) => ordinal);
  await trx
    .updateTable('stanza_repositories')
    .set({ removed_at: new Date().toISOString() })
    .where('stanza_id', '=', stanzaId)
    .where('ordinal', 'not in', ordinals.length > 0 ? ordinals : [0])
    .execute();
  for (const { ordinal, path, isEncrypted, options } of repositories) {
    const row = { path, is_encrypted: isEncrypted, options: JSON.stringify(options), removed_at: null };
    await trx
      .insertInto('stanza_repositories')
      .values({ id: newId(), stanza_id: stanzaId, ordinal, storage_id: null, ...row })
      .onConflict((conflict) => conflict.columns(['stanza_id', 'ordinal']).doUpdateSet(row))
      .execute();
  }
}

/** The places that repositories of stanzas are in; one that was removed is still where its backups are. */
export async function storagesOfRepositories(db: Store, ids: readonly string[]) {
  if (ids.length === 0) return [];
  return db
    .selectFrom('storages')
    .select([
      'id',
      'endpoint',
      'region',
      'bucket',
      'uri_style as uriStyle',
      'verify_tls as verifyTls',
      'tls_ca as tlsCa',
    ])
    .where('id', 'in', [...ids])
    .execute();
}
