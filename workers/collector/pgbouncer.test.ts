import { Client } from 'pg';
import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchLogin } from '@/lib/testing/check-kit';
import { addWatched, collectFor } from '@/lib/testing/collecting';
import { testConsole } from '@/lib/testing/console';
import { startPgBouncer } from '@/lib/testing/pgbouncer';
import { startPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

const place = ({ host, port }: { host: string; port: number }) => ({
  ...{ host, port, user: watchLogin.user, password: watchLogin.password },
});

test('a server behind PgBouncer in transaction mode is collected whole, and leaves nothing behind for other clients', async () => {
  const [console, server] = await Promise.all([testConsole(), startPostgres()]);
  await makeWatchLogin(server);
  await sqlOn(server, 'postgres', 'create database shop');
  const bouncer = await startPgBouncer(server, { users: { [watchLogin.user]: watchLogin.password } });
  const { instanceId } = await addWatched(console, bouncer);
  const collector = collectFor(console, { tickMs: 200 });
  const results = () =>
    console.workerDb.selectFrom('check_results').selectAll().where('instance_id', '=', instanceId).execute();
  await until(
    async () => {
      const seen = await results();
      return (
        seen.length > 20 &&
        ['postgres', 'shop'].every((name) => seen.some(({ database }) => database === name))
      );
    },
    'the whole catalogue was asked',
    40_000,
  );
  collector.collectNow(instanceId);
  await until(
    async () => (await console.workerDb.selectFrom('samples').select('at').distinct().execute()).length >= 2,
    'two rounds of samples',
    40_000,
  );
  const failed = (await results()).filter(({ state }) => state === 'error' || state === 'timeout');
  expect(failed.map(({ check_id, reason }) => `${check_id}: ${reason}`)).toEqual([]);
  const [row] = await console.workerDb
    .selectFrom('instances')
    .selectAll()
    .where('id', '=', instanceId)
    .execute();
  expect(row).toMatchObject({ reachable: true, last_error: null, role: 'primary' });
  expect(row?.facts).toMatchObject({ pooled: true });
  await collector.stop();

  // The next client of the same server connection finds it as it should be.
  const client = new Client({ ...place(bouncer), database: 'postgres' });
  await client.connect();
  const { rows } = await client.query(
    `select current_setting('statement_timeout') as timeout, current_setting('search_path') as path,
       current_setting('default_transaction_read_only') as read_only,
       (select count(*)::int from pg_stat_activity where usename = current_user) as connections`,
  );
  expect(rows[0]).toMatchObject({ timeout: '0', path: '"$user", public', read_only: 'off' });
  // Not more than one to each database, however many the collector opened to PgBouncer.
  expect(rows[0].connections).toBeLessThanOrEqual(3);
  await client.end();
  await bouncer.stop();
  await console.close();
  await server.stop();
});
