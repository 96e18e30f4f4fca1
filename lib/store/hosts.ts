import { type Selectable, sql } from 'kysely';
import type { TypedHost } from '@/lib/contract/hosts';
import type { JsonObject } from '@/lib/engine/define-job';
import { type HostReading, hostReadingSchema } from '@/lib/engine/host-reading';
import type { Store } from '@/lib/store/db';
import type { Database } from '@/lib/store/schema';

export type HostReadingRow = Selectable<Database['host_readings']>;

/** What people have said of a machine. */
export async function hostSettings(
  db: Store,
  instanceId: string,
): Promise<{ exporterUrl: string | null; typed: TypedHost | null }> {
  const row = await db
    .selectFrom('instance_hosts')
    .select(['exporter_url', 'typed'])
    .where('instance_id', '=', instanceId)
    .executeTakeFirst();
  return {
    exporterUrl: row?.exporter_url ?? null,
    typed: (row?.typed as TypedHost | null | undefined) ?? null,
  };
}

export async function storeHostSettings(
  trx: Store,
  instanceId: string,
  settings: { exporterUrl: string | null; typed: TypedHost | null },
): Promise<void> {
  const values = {
    exporter_url: settings.exporterUrl,
    typed: settings.typed && JSON.stringify(settings.typed),
    updated_at: sql<string>`clock_timestamp()`,
  };
  await trx
    .insertInto('instance_hosts')
    .values({ instance_id: instanceId, ...values })
    .onConflict((conflict) => conflict.column('instance_id').doUpdateSet(values))
    .execute();
}

/** The newest look of a worker that runs on the machine. */
export function workerReading(db: Store, instanceId: string): Promise<HostReadingRow | undefined> {
  return db.selectFrom('host_readings').selectAll().where('instance_id', '=', instanceId).executeTakeFirst();
}

/** The reading in a row, when it is no older than so many seconds. */
export function freshReading(
  row: HostReadingRow | undefined,
  withinSeconds: number,
  now = Date.now(),
): HostReading | undefined {
  if (!row?.reading || now - Date.parse(row.observed_at) > withinSeconds * 1000) return undefined;
  return hostReadingSchema.safeParse(row.reading).data;
}

/** Stores a look, or why there is none; the last look that was made stays with its age. */
export async function storeWorkerReading(
  db: Store,
  instanceId: string,
  workerName: string,
  seen: { reading: HostReading } | { refusal: string },
): Promise<void> {
  const reading = 'reading' in seen ? JSON.stringify(seen.reading) : null;
  const refusal = 'refusal' in seen ? seen.refusal : null;
  await sql`
    insert into host_readings as old (instance_id, worker_name, reading, refusal, observed_at)
    values (${instanceId}::uuid, ${workerName}, ${reading}::jsonb, ${refusal}, clock_timestamp())
    on conflict (instance_id) do update
    set worker_name = excluded.worker_name,
        reading = coalesce(excluded.reading, old.reading),
        refusal = excluded.refusal,
        observed_at = case when excluded.reading is null then old.observed_at else excluded.observed_at end`.execute(
    db,
  );
}

/** Active instances at these hosts (small letters), with what their servers said of themselves. */
export async function machineClaims(
  db: Store,
  hosts: readonly string[],
): Promise<{ id: string; systemIdentifier: string | null; facts: JsonObject }[]> {
  if (hosts.length === 0) return [];
  return db
    .selectFrom('instances')
    .select(['id', 'system_identifier as systemIdentifier', 'facts'])
    .where('state', '=', 'active')
    .where('reachable', '=', true)
    .where((e) => e(e.fn<string>('lower', ['host']), 'in', [...hosts]))
    .execute();
}

/**
 * Bytes per second by which a disk fills, by mount point: the slope of a line through its five-minute means of the
 * last week. Only what was watched for at least `atLeastSeconds` counts.
 */
export async function fillRates(
  db: Store,
  instanceId: string,
  checkId: string,
  columns: { key: string; used: string },
  atLeastSeconds: number,
): Promise<Map<string, number>> {
  const { rows } = await sql<{ name: string; slope: number | null }>`
    select s.key ->> ${columns.key} as name,
      regr_slope(
        r.sums[array_position(s.columns, ${columns.used})]
          / nullif(r.counts[array_position(s.columns, ${columns.used})], 0),
        extract(epoch from r.at)
      ) as slope
    from series as s
    join sample_rollups as r on r.series_id = s.id
    where s.instance_id = ${instanceId}::uuid
      and s.check_id = ${checkId}
      and r.at > now() - interval '7 days'
    group by 1
    having max(r.at) - min(r.at) >= make_interval(secs => ${atLeastSeconds})`.execute(db);
  return new Map(rows.flatMap(({ name, slope }) => (slope === null ? [] : [[name, slope] as const])));
}
