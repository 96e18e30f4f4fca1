import { sql } from 'kysely';
import { defaultPolicy, type RetentionPolicy } from '@/lib/contract/retention';
import type { ShelvedBackup } from '@/lib/engine/keeping';
import { judgeRetention } from '@/lib/engine/retention';
import type { Store } from '@/lib/store/db';
import { addRunEvent, fenced, type Held } from '@/lib/store/run-claims';

export interface PolicyRow {
  policy: RetentionPolicy;
  updatedAt: string;
  updatedByName: string;
}

/** The policy that somebody chose for a cluster; undefined where the console's own numbers hold. */
export function findPolicy(db: Store, clusterId: string): Promise<PolicyRow | undefined> {
  return db
    .selectFrom('retention_policies')
    .select(['policy', 'updated_at as updatedAt', 'updated_by_name as updatedByName'])
    .where('cluster_id', '=', clusterId)
    .executeTakeFirst();
}

export async function policyOf(db: Store, clusterId: string): Promise<RetentionPolicy> {
  return (await findPolicy(db, clusterId))?.policy ?? defaultPolicy;
}

export async function storePolicy(
  trx: Store,
  clusterId: string,
  policy: RetentionPolicy,
  by: string,
): Promise<void> {
  const row = {
    policy: JSON.stringify(policy),
    updated_by_name: by,
    updated_at: sql<string>`clock_timestamp()`,
  };
  await trx
    .insertInto('retention_policies')
    .values({ cluster_id: clusterId, ...row })
    .onConflict((conflict) => conflict.column('cluster_id').doUpdateSet(row))
    .execute();
}

/**
 * Backups of a cluster that are not gone, with what speaks for each: pins, holds, drills, and runs or open copies that
 * work with it now. A run names what it uses in its input or in its plan's params: by id, or a set by its label. Runs
 * of `exceptKinds` do not count: those that would remove it.
 */
export async function shelfOf(
  db: Store,
  clusterId: string,
  exceptKinds: readonly string[],
): Promise<ShelvedBackup[]> {
  const { rows } = await sql<ShelvedBackup>`
    with busy as materialized (
      select run.id, run.kind, run.cluster_id,
        coalesce(request.input::text, '') || coalesce((plan.document -> 'params')::text, '') as names
      from runs as run
      join plans as plan on plan.id = run.plan_id
      left join plan_requests as request on request.id = run.plan_id
      where run.state in ('queued', 'running', 'needs-decision')
        and run.kind <> all (${[...exceptKinds]}::text[])
    )
    select backup.id, backup.type, backup.database, backup.stanza_id as "stanzaId", backup.repository,
      backup.label, backup.method, backup.depends_on as "dependsOn", backup.finished_at as "finishedAt",
      backup.bytes, case when backup.state = 'expired' then 'ready' else backup.state end as state,
      backup.has_errors as "hasErrors", backup.hold_until as "holdUntil",
      case when backup.pinned_at is not null then json_build_object(
        'by', coalesce(backup.pinned_by_name, 'somebody'), 'reason', coalesce(backup.pin_reason, '')) end as pinned,
      (
        select verdict from evidence
        where backup_id = backup.id and type = 'drill'
        order by observed_at desc limit 1
      ) as drill,
      exists (
        select from evidence where backup_id = backup.id and type = 'drill' and verdict = 'pass'
      ) as "isProven",
      coalesce(
        (
          select 'the run ' || busy.kind || ' ' || busy.id
          from busy
          where strpos(busy.names, backup.id::text) > 0
             or (busy.cluster_id = backup.cluster_id and backup.label is not null
               and strpos(busy.names, to_json(backup.label)::text) > 0)
          order by busy.id limit 1
        ),
        (
          select 'a copy that is open'
          from copies
          where backup_id = backup.id and state in ('open', 'closing') limit 1
        )) as "usedBy",
      backup.worker_name as "workerName", backup.path, backup.state = 'expired' as "isHalfGone"
    from backups as backup
    where backup.cluster_id = ${clusterId}
      and (backup.state in ('ready', 'missing') or (backup.state = 'expired' and backup.gone_at is null))
    order by backup.finished_at desc`.execute(db);
  return rows;
}

/** What speaks for a backup at this moment, by the whole of the rules; null when nothing does. */
async function speaksFor(
  trx: Store,
  backup: { id: string; clusterId: string },
  exceptKinds: readonly string[],
  now: Date,
): Promise<string | null> {
  const shelf = await shelfOf(trx, backup.clusterId, exceptKinds);
  // One that this run has just taken off is judged as if it still lay there; others that are half gone do not count.
  const counted = shelf.filter(({ id, isHalfGone }) => !isHalfGone || id === backup.id);
  const policy = await policyOf(trx, backup.clusterId);
  const verdict = judgeRetention(counted, policy, now)
    .flatMap(({ verdicts }) => verdicts)
    .find(({ id }) => id === backup.id);
  if (!verdict) return 'it is not there any more';
  return verdict.keeps ? verdict.reasons.map(({ text }) => text).join('; ') : null;
}

/**
 * Takes a backup off the shelf, in the run's epoch, unless something speaks for it now. The row is locked, so that a
 * pin comes before or after it. Then it is asked once more: a run that began to use it while this one looked is seen,
 * and the backup put back; one that begins later finds it expired. `isWhole`: none of its files was removed yet, so
 * that it can be put back at all.
 */
export async function expireBackup(
  db: Store,
  held: Held,
  backupId: string,
  options: { exceptKinds: readonly string[]; isWhole: boolean; now: Date },
): Promise<{ kept: string | null }> {
  const look = () =>
    fenced(db, held, async (trx) => {
      const row = await trx
        .selectFrom('backups')
        .select(['id', 'cluster_id as clusterId', 'state'])
        .where('id', '=', backupId)
        .forUpdate()
        .executeTakeFirst();
      if (!row || (row.state !== 'ready' && row.state !== 'expired'))
        return { kept: `it is ${row?.state ?? 'unknown'}` };
      if (row.state === 'expired' && !options.isWhole) return { kept: null };
      const kept = await speaksFor(trx, row, options.exceptKinds, options.now);
      const state = kept === null ? 'expired' : 'ready';
      if (state !== row.state)
        await trx.updateTable('backups').set({ state }).where('id', '=', backupId).execute();
      return { kept };
    });
  const first = await look();
  return first.kept === null ? look() : first;
}

/** Writes down that the files of an expired backup are gone. */
export async function markRemoved(db: Store, held: Held, backupId: string, why: string): Promise<void> {
  await fenced(db, held, async (trx) => {
    await trx
      .updateTable('backups')
      .set({ gone_at: sql<string>`clock_timestamp()`, gone_why: why })
      .where('id', '=', backupId)
      .where('state', '=', 'expired')
      .execute();
    await addRunEvent(trx, held, 'backup', { expired: backupId });
  });
}

/** A backup whose files were gone lies on a worker again, checked against its manifest. */
export async function markReturned(
  db: Store,
  held: Held,
  backup: { id: string; path: string; workerName: string },
): Promise<void> {
  await fenced(db, held, async (trx) => {
    await trx
      .updateTable('backups')
      .set({
        state: 'ready',
        path: backup.path,
        worker_name: backup.workerName,
        gone_at: null,
        gone_why: null,
      })
      .where('id', '=', backup.id)
      .execute();
    await addRunEvent(trx, held, 'backup', { returned: backup.id });
  });
}
