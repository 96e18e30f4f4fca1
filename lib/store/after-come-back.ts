import { sql } from 'kysely';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';

export interface ComeBack {
  people: number;
  clusters: number;
  instances: number;
  backups: number;
  runs: number;
  /** Runs that were waiting or under way when the dump was made: they are ended, nobody goes on with them. */
  endedRuns: number;
  /** Stored passwords and keys that were sealed to another key than the given one; all when none was given. */
  closedSecrets: number;
  sealedSecrets: number;
}

/** True for a database in which nothing of anybody is: no relation but what extensions bring. */
export async function isEmptyDatabase(db: Store): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    select exists (
      select
      from pg_class
      where relnamespace = 'public'::regnamespace
        and relkind in ('r', 'p', 'v', 'm', 'S')
        and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e')
    ) as found`.execute(db);
  return rows[0]?.found === false;
}

/** Tables of which the worker is the owner: it makes and drops their days. As the owner of all others. */
export async function giveToWorker(db: Store, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    await sql`alter table ${sql.table(table)} owner to plumbline_worker`.execute(db);
  }
}

/**
 * Puts right what must not simply go on after days on a shelf: runs that waited or were under way are ended, locks,
 * leases and wake-ups are gone, and the audit says who came back from when.
 */
export async function settleComeBack(
  db: Store,
  dump: { file: string; madeAt: string; keyId: string | undefined },
): Promise<ComeBack> {
  return db.transaction().execute(async (trx) => {
    const error = {
      code: 'conflict',
      message: `The console came back from a dump of ${dump.madeAt}; what became of this run after that is not known.`,
      next: 'Look at its servers, then plan it anew if it is still wanted.',
    };
    const { rows: ended } = await sql<{ id: string }>`
      update runs
      set state = case when state = 'queued' then 'cancelled' else 'failed' end,
          finished_at = clock_timestamp(),
          owner = null,
          lease_until = null,
          waiting_for = null,
          decision = null,
          error = ${JSON.stringify(error)}::jsonb
      where state in ('queued', 'running', 'needs-decision')
      returning id`.execute(trx);
    await sql`
      insert into run_events (run_id, epoch, event, data)
      select id, epoch, state, jsonb_build_object('error', ${error.message}::text)
      from runs
      where id = any (${ended.map(({ id }) => id)}::uuid[])`.execute(trx);
    await sql`
      update plans
      set state = 'failed', error = ${JSON.stringify(error)}::jsonb, planned_at = clock_timestamp()
      where state = 'planning'`.execute(trx);
    await trx.deleteFrom('run_locks').execute();
    await trx.deleteFrom('outbox').execute();
    await trx.deleteFrom('collector_leases').execute();
    await trx.updateTable('workers').set({ state: 'stopped' }).execute();
    const { rows } = await sql<Omit<ComeBack, 'endedRuns'>>`
      with sealed as (
        select key_id from instance_logins
        union all
        select key_id from sealed_secrets
      )
      select
        (select count(*) from users) as people,
        (select count(*) from clusters where removed_at is null) as clusters,
        (select count(*) from instances where state <> 'removed') as instances,
        (select count(*) from backups where state = 'ready') as backups,
        (select count(*) from runs) as runs,
        (select count(*) from sealed) as "sealedSecrets",
        (select count(*) from sealed where key_id is distinct from ${dump.keyId ?? null}) as "closedSecrets"`.execute(
      trx,
    );
    const [counted] = rows;
    if (!counted) throw new Error('one row was expected');
    const back = { ...counted, endedRuns: ended.length };
    await appendAudit(trx, {
      actor: { kind: 'start', id: null, name: 'local start' },
      action: 'console.come-back',
      subject: { kind: 'console', id: null, name: dump.file },
      details: { ...back, dumpMadeAt: dump.madeAt },
    });
    return back;
  });
}
