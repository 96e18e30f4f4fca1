import { expect, test } from 'vitest';
import { makeWatchLogin, openSession, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('xmin-horizon: silent, then a session, a slot and a prepared transaction by name, then gone', async () => {
  const server = await startPostgres({
    config: { autovacuum: 'off', wal_level: 'logical', max_prepared_transactions: 2 },
  });
  await makeWatchLogin(server);
  await sqlOn(server, 'postgres', 'create table t (n int)');
  const watcher = await watchWith('xmin-horizon', server);
  expect((await watcher.run()).findings).toEqual([]);

  const holder = await openSession(server);
  await holder.query(`set application_name = 'for"gotten <b>'`);
  await holder.query('begin isolation level repeatable read');
  await holder.query('select 1 from pg_class limit 1');
  const preparer = await openSession(server);
  await preparer.query(`select pg_create_logical_replication_slot('nobody_reads', 'test_decoding')`);
  await preparer.query('begin');
  await preparer.query('insert into public.t values (1)');
  await preparer.query(`prepare transaction 'left ''behind'`);
  const young = await runUntil(
    watcher,
    ({ rows }) => rows.some(({ kind }) => kind === 'session'),
    'the session is a second old',
  );
  expect(young.findings).toEqual([]);
  const kinds = young.rows.map(({ kind, holder: name }) => [kind, name]);
  expect(kinds).toContainEqual(['prepared transaction', `left 'behind`]);
  expect(kinds).toContainEqual(['catalog slot', 'nobody_reads']);

  const long = await watcher.run({ older: { held_seconds: 90_000 } });
  expect(long.findings.map(({ sentence }) => sentence).join('\n')).toContain('for"gotten <b>');
  expect(long.findings.map(({ object }) => object)).toContain(`prepared transaction · left 'behind`);
  const far = await watcher.run({ older: { xmin_age: 20_000_000 } });
  expect(far.findings).toContainEqual(
    expect.objectContaining({ level: 'warn', object: 'catalog slot · nobody_reads' }),
  );

  await holder.query('rollback');
  await preparer.query(`rollback prepared 'left ''behind'`);
  await preparer.query(`select pg_drop_replication_slot('nobody_reads')`);
  expect((await watcher.run({ older: { xmin_age: 20_000_000 } })).findings).toEqual([]);
  await Promise.all([holder.close(), preparer.close(), watcher.close()]);
  await server.stop();
});
