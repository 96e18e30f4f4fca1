import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { insertSchedule } from '@/lib/store/schedules';
import { recoveryHost } from '@/lib/testing/stored-stanza';

const kind = 'logical-backup';

test('missed-backups: silent while a schedule waits, names one that nobody started or that failed, until a run succeeds', async () => {
  const { host, watch } = await recoveryHost();
  const watcher = await watch('missed-backups');
  const db = host.console.ownerDb;
  const { clusterId } = host;
  const input = { database: 'orders' };
  const id = await insertSchedule(db, {
    ...{ clusterId, kind, definitionVersion: 1, input, cron: '10 3 * * *', zone: 'UTC', missed: 'skip' },
    nextFireAt: new Date(Date.now() + 3_600_000),
    createdBy: null,
    createdByName: 'test',
  });
  expect(await watcher.run()).toMatchObject({ state: 'ok', rows: [], findings: [] });

  const nextFire = (minutes: number) =>
    sql`update schedules set next_fire_at = now() + make_interval(mins => ${minutes}) where id = ${id}`.execute(
      db,
    );
  await nextFire(-20);
  expect((await watcher.run()).findings).toMatchObject([
    {
      level: 'warn',
      object: expect.stringContaining('10 3 * * * (UTC)'),
      sentence: expect.stringMatching(
        /due .* UTC, 20 min .*ago was not made: no worker was there to start it/,
      ),
    },
  ]);
  await nextFire(600);
  expect((await watcher.run()).findings).toEqual([]);

  const run = async (state: string, minutesAgo: number) => {
    const runId = newId();
    await sql`
      insert into plan_requests (id, kind, cluster_id, input, requested_by_name)
      values (${runId}, ${kind}, ${clusterId}, ${JSON.stringify(input)}, 'test')`.execute(db);
    await sql`
      insert into plans (id, kind, definition_version, cluster_id, state)
      values (${runId}, ${kind}, 1, ${clusterId}, 'ready')`.execute(db);
    await sql`
      insert into runs (id, plan_id, plan_hash, kind, definition_version, cluster_id, state, idempotency_key,
        requested_by_name, finished_at)
      values (${runId}, ${runId}, 'h', ${kind}, 1, ${clusterId}, ${state}, ${runId}, 'test',
        now() - make_interval(mins => ${minutesAgo}))`.execute(db);
    return runId;
  };
  const failed = await run('failed', 30);
  await sql`
    insert into schedule_firings (schedule_id, fire_time, plan_id, run_id, outcome)
    values (${id}, now() - interval '40 minutes', ${failed}, ${failed}, 'started')`.execute(db);
  expect((await watcher.run()).findings).toMatchObject([
    { level: 'warn', sentence: expect.stringContaining('was not made: its run failed') },
  ]);
  await run('succeeded', 5);
  expect((await watcher.run()).findings).toEqual([]);
  await watcher.close();
  await host.close();
});
