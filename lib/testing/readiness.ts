import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { CheckRow } from '@/lib/engine/define-check';
import type { CriterionContext, CriterionDefinition, CriterionVerdict } from '@/lib/engine/define-criterion';
import type { JsonObject } from '@/lib/engine/define-job';
import { openCriterionContext } from '@/lib/store/criterion-context';
import { openStore, type Store } from '@/lib/store/db';
import { consoleDatabase } from '@/lib/testing/console-database';

/** A cluster in a real console database, filled by hand with what checks and runs would have stored. */
export interface Readiness {
  db: Store;
  workerUrl: string;
  webUrl: string;
  clusterId: string;
  now: Date;
  /** `2026-…Z` so many seconds before `now`. */
  ago(seconds: number): string;
  addInstance(name: string, role: 'primary' | 'standby'): Promise<string>;
  /** The newest answer of a check; in one database when it is named. */
  answer(check: string, instanceId: string, rows: CheckRow[], more?: Partial<Answer>): Promise<void>;
  /** A series with one sample each `everySeconds`, the newest at `now`. */
  samples(check: string, instanceId: string, samples: SampleRow[], everySeconds?: number): Promise<void>;
  /** `database` null: of a whole server. */
  evidence(
    type: string,
    database: string | null,
    verdict: string,
    ago: number,
    facts?: JsonObject,
  ): Promise<string>;
  backup(database: string, ago: number): Promise<string>;
  login(
    instanceId: string,
    purpose: string,
    seen: { tls: boolean; superuser: boolean } | null,
  ): Promise<void>;
  context(): Promise<CriterionContext>;
  judge(criterion: CriterionDefinition): Promise<CriterionVerdict>;
  close(): Promise<void>;
}

interface Answer {
  database: string;
  state: 'ok' | 'unknown' | 'timeout' | 'error';
  reason: string;
  mend: string;
  ago: number;
}
type SampleRow = Record<string, number | null>;

export async function readiness(): Promise<Readiness> {
  const database = await consoleDatabase();
  const { db, close } = openStore(database.ownerUrl, { applicationName: 'readiness-test', max: 3 });
  const now = new Date();
  const clusterId = newId();
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString();
  await sql`insert into clusters (id, name) values (${clusterId}, 'orders')`.execute(db);
  await sql`create table samples_of_test partition of samples default`.execute(db);
  await sql`insert into worker_keys (id, public_key) values ('test-key', '\\x00')`.execute(db);

  async function addRun(kind: string): Promise<string> {
    const id = newId();
    const json = JSON.stringify({});
    await sql`
      insert into plan_requests (id, kind, cluster_id, input, requested_by_name)
      values (${id}, ${kind}, ${clusterId}, ${json}, 'test')`.execute(db);
    await sql`
      insert into plans (id, kind, definition_version, cluster_id, state)
      values (${id}, ${kind}, 1, ${clusterId}, 'ready')`.execute(db);
    await sql`
      insert into runs (id, plan_id, plan_hash, kind, definition_version, cluster_id, state, idempotency_key, requested_by_name)
      values (${id}, ${id}, 'hash', ${kind}, 1, ${clusterId}, 'succeeded', ${id}, 'test')`.execute(db);
    return id;
  }

  return {
    db,
    workerUrl: database.workerUrl,
    webUrl: database.webUrl,
    clusterId,
    now,
    ago,
    async addInstance(name, role) {
      const id = newId();
      await sql`
        insert into instances (id, cluster_id, name, host, port, tls_mode, state, role)
        values (${id}, ${clusterId}, ${name}, 'db.example', 5432, 'require', 'active', ${role})`.execute(db);
      return id;
    },
    async answer(check, instanceId, rows, more = {}) {
      await sql`
        insert into check_results (check_id, instance_id, database, state, reason, mend, rows, observed_at)
        values (
          ${check}, ${instanceId}, ${more.database ?? ''}, ${more.state ?? 'ok'}, ${more.reason ?? null},
          ${more.mend ?? null}, ${JSON.stringify(rows)}, ${ago(more.ago ?? 0)}
        )
        on conflict (check_id, instance_id, database) do update
        set state = excluded.state, reason = excluded.reason, mend = excluded.mend, rows = excluded.rows,
          observed_at = excluded.observed_at`.execute(db);
    },
    async samples(check, instanceId, samples, everySeconds = 10) {
      const columns = Object.keys(samples[0] ?? {});
      const { rows } = await sql<{ id: number }>`
        insert into series (check_id, cluster_id, instance_id, columns, key)
        values (${check}, ${clusterId}, ${instanceId}, ${columns}, ${JSON.stringify({ of: newId() })})
        returning id`.execute(db);
      const id = rows[0]?.id;
      for (const [index, sample] of samples.entries()) {
        const values = columns.map((column) => sample[column] ?? null);
        const at = ago((samples.length - 1 - index) * everySeconds);
        await sql`
          insert into samples (series_id, at, seconds, values)
          values (${id}, ${at}, ${everySeconds}, ${values})`.execute(db);
      }
    },
    async evidence(type, databaseName, verdict, secondsAgo, facts = {}) {
      // As stored by runs: made from a name, so that it says nothing of the time.
      const id = randomUUID();
      const runId = await addRun('restore-drill');
      await sql`
        insert into evidence (id, cluster_id, run_id, type, verdict, title, database, facts, observed_at)
        values (
          ${id}, ${clusterId}, ${runId}, ${type}, ${verdict}, ${type}, ${databaseName},
          ${JSON.stringify(facts)}, ${ago(secondsAgo)}
        )`.execute(db);
      await sql`insert into run_events (run_id, epoch, event) values (${runId}, 1, 'evidence')`.execute(db);
      return id;
    },
    async backup(databaseName, secondsAgo) {
      const id = await addRun('logical-backup');
      await sql`
        insert into backups (
          id, cluster_id, run_id, type, database, path, worker_name, bytes, server_version_num, started_at, finished_at
        )
        values (
          ${id}, ${clusterId}, ${id}, 'logical', ${databaseName}, '/b', 'w', 1000, 150000,
          ${ago(secondsAgo + 5)}, ${ago(secondsAgo)}
        )`.execute(db);
      return id;
    },
    async login(instanceId, purpose, seen) {
      await sql`
        insert into instance_logins (instance_id, purpose, username, sealed, key_id, tested, tested_at)
        values (
          ${instanceId}, ${purpose}, ${`plumbline_${purpose}`}, '\\x00', 'test-key',
          ${seen ? JSON.stringify(seen) : null}, ${seen ? ago(60) : null}
        )
        on conflict (instance_id, purpose) do update
        set tested = excluded.tested, tested_at = excluded.tested_at`.execute(db);
    },
    context: () => openCriterionContext(db, clusterId, now),
    judge: async (criterion) => criterion.evaluate(await openCriterionContext(db, clusterId, now)),
    close: async () => {
      await close();
      await database.drop();
    },
  };
}
