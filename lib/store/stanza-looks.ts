import { sql } from 'kysely';
import type { JsonObject } from '@/lib/engine/define-job';
import type { RepositoryLook, StanzaLook } from '@/lib/engine/repository-look';
import type { Store } from '@/lib/store/db';

/** Repositories of a stanza with what is kept of them. */
export async function repositoryFacts(
  db: Store,
  stanzaId: string,
): Promise<{ id: string; ordinal: number; isEncrypted: boolean; facts: JsonObject }[]> {
  return db
    .selectFrom('stanza_repositories')
    .select(['id', 'ordinal', 'is_encrypted as isEncrypted', 'facts'])
    .where('stanza_id', '=', stanzaId)
    .where('removed_at', 'is', null)
    .orderBy('ordinal')
    .execute();
}

export async function storeRepositoryLook(trx: Store, id: string, look: RepositoryLook): Promise<void> {
  await trx
    .updateTable('stanza_repositories')
    .set({ facts: sql`facts || jsonb_build_object('look', ${JSON.stringify(look)}::jsonb)` })
    .where('id', '=', id)
    .execute();
}

/** `isSeen`: at least one repository could be read; otherwise the moment of the last good look stays. */
export async function storeStanzaLook(
  trx: Store,
  stanzaId: string,
  look: StanzaLook,
  { problem, isSeen }: { problem: string | null; isSeen: boolean },
): Promise<void> {
  await trx
    .updateTable('stanzas')
    .set({
      facts: sql`facts || jsonb_build_object('look', ${JSON.stringify(look)}::jsonb)`,
      problem,
      ...(isSeen && { looked_at: sql<string>`clock_timestamp()` }),
    })
    .where('id', '=', stanzaId)
    .execute();
}

/** What the server of a stanza was last seen to be: its size of segments, and the last one it counts as archived. */
export async function serverOfStanza(
  db: Store,
  clusterId: string,
  archiverCheck: string,
): Promise<{ segmentSetting: string | null; lastArchived: string | null }> {
  const { rows } = await sql<{ segmentSetting: string | null; lastArchived: string | null }>`
    select instance.facts -> 'settings' ->> 'wal_segment_size' as "segmentSetting",
      result.rows -> 0 ->> 'last_archived_wal' as "lastArchived"
    from instances as instance
    left join check_results as result
      on result.instance_id = instance.id
      and result.check_id = ${archiverCheck}
      and result.database = ''
      and result.state = 'ok'
    where instance.cluster_id = ${clusterId}
      and instance.state = 'active'
    order by instance.role = 'primary' desc, instance.name
    limit 1`.execute(db);
  return rows[0] ?? { segmentSetting: null, lastArchived: null };
}

/** Stanzas of this worker that are in use, and when a run of their cluster ended last, if that was just now. */
export async function stanzasToLookAt(
  db: Store,
  workerName: string,
): Promise<{ id: string; lastRunEndedAt: string | null }[]> {
  const { rows } = await sql<{ id: string; lastRunEndedAt: string | null }>`
    select stanza.id, (
      select max(run.finished_at)
      from runs as run
      where run.cluster_id = stanza.cluster_id
        and run.created_at > now() - interval '3 days'
        and run.finished_at > now() - interval '10 minutes'
    ) as "lastRunEndedAt"
    from stanzas as stanza
    where stanza.state = 'active'
      and stanza.worker_name = ${workerName}
    order by stanza.created_at`.execute(db);
  return rows;
}
