import { sql } from 'kysely';
import type { SheetFacts } from '@/lib/engine/emergency-sheet';
import type { Store } from '@/lib/store/db';
import { clusterRecovery } from '@/lib/store/recovery-window';
import { storagesOfRepositories } from '@/lib/store/stanzas';

/** How a worker's own places stand in a sheet. */
export interface SheetPlaces {
  worker: SheetFacts['worker'];
  configFileOf(stanza: { id: string; configPath: string | null }): string;
  review(stanza: NonNullable<Awaited<ReturnType<typeof clusterRecovery>>['stanza']>): Promise<string>;
}

/** Clusters whose sheet this worker writes: those whose stanza or whose newest dumps are on its machine. */
export async function clustersOfSheets(db: Store, workerName: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select cluster.id
    from clusters as cluster
    left join stanzas as stanza on stanza.cluster_id = cluster.id and stanza.state <> 'retired'
    where cluster.removed_at is null
      and case
        when stanza.worker_name is not null then stanza.worker_name = ${workerName}
        else (
          select backup.worker_name
          from backups as backup
          where backup.cluster_id = cluster.id
            and backup.state = 'ready'
          order by backup.finished_at desc
          limit 1
        ) = ${workerName}
      end
    order by cluster.id`.execute(db);
  return rows.map(({ id }) => id);
}

/** What stands on the sheet of a cluster; undefined when it was removed meanwhile. */
export async function sheetFacts(
  db: Store,
  clusterId: string,
  places: SheetPlaces,
): Promise<SheetFacts | undefined> {
  const cluster = await db
    .selectFrom('clusters')
    .select(['name', 'system_identifier as systemIdentifier'])
    .where('id', '=', clusterId)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  if (!cluster) return undefined;
  const servers = await db
    .selectFrom('instances')
    .select(['name', 'host', 'port', 'role', 'server_version_num as serverVersionNum'])
    .where('cluster_id', '=', clusterId)
    .where('state', '<>', 'removed')
    .orderBy('name')
    .execute();
  const { rows: dumps } = await sql<SheetFacts['dumps'][number]>`
    select distinct on (database) database, path, worker_name as "workerName", finished_at as "finishedAt", bytes,
      coalesce((facts->>'clientMajor')::int, server_version_num / 10000) as major
    from backups
    where cluster_id = ${clusterId}
      and type = 'logical'
      and state = 'ready'
    order by database, finished_at desc`.execute(db);
  const { rows: sets } = await sql<SheetFacts['sets'][number] & { timeline: number | null; num: number }>`
    select label, repository, method, finished_at as "stoppedAt", bytes, has_errors as "hasErrors",
      timeline, server_version_num as num
    from backups
    where cluster_id = ${clusterId}
      and type = 'physical'
      and state = 'ready'
    order by finished_at desc
    limit 30`.execute(db);
  const { stanza, reachable } = await clusterRecovery(db, clusterId);
  const storages = await storagesOfRepositories(
    db,
    stanza?.repositories.flatMap(({ storageId }) => storageId ?? []) ?? [],
  );
  const at = (seconds: number | undefined) =>
    seconds === undefined ? null : new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const num = sets[0]?.num ?? servers.find(({ serverVersionNum }) => serverVersionNum)?.serverVersionNum;
  return {
    cluster,
    servers,
    stanza: stanza
      ? {
          name: stanza.name,
          configFile: places.configFileOf(stanza),
          isManaged: stanza.isManaged,
          workerName: stanza.workerName,
          dataDirectory: stanza.dataDirectory,
          timeline: sets[0]?.timeline ?? null,
          major: num ? Math.floor(num / 10_000) : null,
          review: await places.review(stanza),
          repositories: stanza.repositories.map(({ ordinal, path, storageId, isEncrypted }) => {
            const storage = storages.find(({ id }) => id === storageId);
            const place = storage ? `S3 ${storage.endpoint}, bucket ${storage.bucket}, ${path}` : path;
            return { ordinal, place, isEncrypted };
          }),
        }
      : null,
    sets,
    dumps,
    window: { from: at(reachable[0]?.from), to: at(reachable.at(-1)?.to) },
    worker: places.worker,
  };
}

export interface EmergencySheet {
  clusterId: string;
  workerName: string;
  path: string;
  text: string | null;
  problem: string | null;
  /** When the text last changed, and when it was last compared. */
  writtenAt: string | null;
  lookedAt: string;
}

export async function findEmergencySheet(db: Store, clusterId: string): Promise<EmergencySheet | undefined> {
  return db
    .selectFrom('emergency_sheets')
    .select([
      'cluster_id as clusterId',
      'worker_name as workerName',
      'path',
      'text',
      'problem',
      'written_at as writtenAt',
      'looked_at as lookedAt',
    ])
    .where('cluster_id', '=', clusterId)
    .executeTakeFirst();
}

/** Notes what was written where, or why it could not be; the text that was last written stays. */
export async function noteEmergencySheet(
  db: Store,
  sheet: { clusterId: string; workerName: string; path: string },
  outcome: { text: string; isNew: boolean } | { problem: string },
): Promise<void> {
  const row = {
    worker_name: sheet.workerName,
    path: sheet.path,
    looked_at: sql<string>`clock_timestamp()`,
    ...('problem' in outcome
      ? { problem: outcome.problem }
      : {
          problem: null,
          text: outcome.text,
          ...(outcome.isNew && { written_at: sql<string>`clock_timestamp()` }),
        }),
  };
  await db
    .insertInto('emergency_sheets')
    .values({ cluster_id: sheet.clusterId, ...row })
    .onConflict((conflict) => conflict.column('cluster_id').doUpdateSet(row))
    .execute();
}
