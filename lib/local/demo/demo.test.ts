import { rmSync } from 'node:fs';
import { Pool } from 'pg';
import { expect, test } from 'vitest';
import { ensureDemoDatabases } from '@/lib/local/demo/databases';
import { type DemoServers, demoUrl, startDemoServers } from '@/lib/local/demo/servers';
import { demoWork } from '@/lib/local/demo/work';
import { loopbackUrl, withSession } from '@/lib/local/sql';
import { type LocalState, openState } from '@/lib/local/state';
import { installedServers } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';
import { until } from '@/lib/testing/until';

async function stop(servers: DemoServers): Promise<void> {
  await servers.standby.running.stop();
  await servers.primary.running.stop();
}

async function value(url: string, sql: string): Promise<unknown> {
  return withSession(url, async (session) => Object.values((await session.run(sql))[0] ?? {})[0]);
}

async function start(state: LocalState): Promise<DemoServers> {
  const [programs] = await installedServers();
  if (!programs) throw new Error('no PostgreSQL');
  return startDemoServers(programs, state);
}

// Its servers write through to the disk, unlike those of other tests: a busy disk makes them slow.
test('the demo comes up whole, is worked on, and survives a failover and the next start', async () => {
  const scratch = scratchDirectory('demo');
  const state = openState(`${scratch.path}/state`);
  let servers = await start(state);
  expect(await ensureDemoDatabases(state, servers.primary.port)).toEqual([
    'calcusign',
    'vendhub',
    'advisoros',
  ]);
  expect(await ensureDemoDatabases(state, servers.primary.port)).toEqual([]);

  // Each kind of work runs once without an error, the one that sits idle on purpose left out.
  for (const work of demoWork.filter(({ name }) => name !== 'backoffice')) {
    const url = loopbackUrl(
      servers.primary.port,
      'demo_application',
      state.secrets.demoApplication,
      work.database,
    );
    const pool = new Pool({ connectionString: url, ssl: { ca: servers.tls.ca } });
    await work.run(pool);
    await pool.end();
  }

  // What the checks are to find is there: foreign keys without an index.
  const bareKeys = await value(
    demoUrl(state, servers.primary.port, 'vendhub'),
    `select count(*)::int from pg_constraint c where contype = 'f' and not exists
     (select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1])`,
  );
  expect(bareKeys).toBe(4);

  await withSession(demoUrl(state, servers.primary.port), (session) => session.run('checkpoint'));
  await servers.primary.running.kill();
  await withSession(demoUrl(state, servers.standby.port), (session) => session.run('select pg_promote()'));
  await withSession(demoUrl(state, servers.standby.port, 'vendhub'), (session) =>
    session.run('create table after_failover as select 1 as n; select pg_switch_wal()'),
  );
  // The new primary archives into the same stanza, from its own data directory and on its own timeline.
  expect(servers.hasStanza).toBe(true);
  await until(async () => {
    const archived = await value(
      demoUrl(state, servers.standby.port),
      `select last_archived_wal from pg_stat_archiver where last_archived_wal ~ '^00000002[0-9A-F]{16}$'`,
    );
    return archived !== undefined;
  }, 'a segment of the new timeline is archived');
  await servers.standby.running.stop();

  servers = await start(state);
  expect(servers.primary.name).toBe('demo-two');
  expect(await value(demoUrl(state, servers.primary.port, 'vendhub'), 'select n from after_failover')).toBe(
    1,
  );
  expect(await value(demoUrl(state, servers.standby.port), 'select pg_is_in_recovery()')).toBe(true);
  await stop(servers);

  // A standby that cannot start any more does not keep the console from coming up.
  rmSync(`${servers.standby.dataDirectory}/global/pg_control`);
  servers = await start(state);
  expect(await value(demoUrl(state, servers.standby.port), 'select pg_is_in_recovery()')).toBe(true);
  await stop(servers);
  scratch.remove();
}, 300_000);
