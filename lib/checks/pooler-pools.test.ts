import { expect, test } from 'vitest';
import { runUntil, type Watched } from '@/lib/testing/check-kit';
import { pooledHost } from '@/lib/testing/pgbouncer';
import { forgetSharedPoolers } from '@/workers/collector/sources/pooler';

test('pooler-pools: silent, then clients wait for the one connection, then they are served', async () => {
  const host = await pooledHost({ default_pool_size: 1 });
  const watcher = await host.watch('pooler-pools');
  const fresh = {
    ...watcher,
    run: (options?: Parameters<typeof watcher.run>[0]) => {
      forgetSharedPoolers();
      return watcher.run(options);
    },
  };
  const [holder, waiter] = await Promise.all([host.client(), host.client()]);
  await holder.query('select 1');
  const own = (seen: Watched) => seen.rows.find(({ username }) => username === 'postgres');
  const healthy = await fresh.run();
  expect(own(healthy)).toMatchObject({
    pooler: 'front',
    database: 'postgres',
    pool_size: 1,
    clients_waiting: 0,
    advice: null,
  });
  expect(healthy.findings).toEqual([]);

  await holder.query('begin');
  const waiting = waiter.query('select 2');
  await runUntil(fresh, (seen) => own(seen)?.clients_waiting === 1, 'a client waits');
  // As if it had waited longer than the test wants to.
  const sick = await fresh.run({ older: { maxwait_seconds: 12 } });
  expect(sick.findings).toMatchObject([
    {
      level: 'crit',
      object: 'front · postgres · postgres',
      sentence: expect.stringMatching(
        /^1 clients of postgres as postgres wait for a connection at front, .*All 1 connections are busy/,
      ),
    },
  ]);
  await holder.query('commit');
  await waiting;
  const cured = await runUntil(fresh, (seen) => own(seen)?.clients_waiting === 0, 'served');
  expect(cured.findings).toEqual([]);
  await Promise.all([holder.end(), waiter.end()]);
  await host.bouncer.stop();
  expect(await fresh.run()).toMatchObject({
    state: 'unknown',
    reason: expect.stringContaining('front: Nothing accepts connections'),
    mend: expect.stringContaining('stats_users'),
  });
  await watcher.close();
  await host.close();
});
