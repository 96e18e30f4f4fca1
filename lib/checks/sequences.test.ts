import { expect, test } from 'vitest';
import { watchHelperStatements } from '@/lib/engine/grant-scripts';
import { makeWatchLogin, sqlOn, watchUser, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('sequences: the column’s type counts, what cycles does not, and what cannot be read says the GRANT', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    // The sequence of a serial is as small as its column; one of its own is a bigint, whatever it fills.
    'create table small (id smallserial primary key)',
    'create sequence "Wi""de"',
    `create table narrow (id int default nextval('"Wi""de"'))`,
    'create sequence round_and_round maxvalue 10 cycle',
    'create sequence down increment -1 minvalue -100 maxvalue -1',
    'create table untouched (id int generated always as identity)',
  );
  const watcher = await watchWith('sequences', server);
  const hidden = await watcher.run();
  expect(hidden.findings).toMatchObject([
    { level: 'unknown', object: '5 objects', sentence: expect.stringContaining('may not read the sequence') },
  ]);
  // The statements of the finding itself make it known.
  const mend = String(hidden.rows[0]?.mend);
  expect(mend).toContain(watchUser);
  await sqlOn(server, 'postgres', ...watchHelperStatements(watchUser).map(({ sql }) => sql));
  const healthy = await watcher.run();
  expect(healthy.findings).toEqual([]);

  await sqlOn(
    server,
    'postgres',
    `select setval('"Wi""de"', 1900000000)`,
    `select setval('round_and_round', 10)`,
    `select setval('small_id_seq', 30000)`,
    `select setval('down', -50)`,
  );
  const sick = await watcher.run();
  expect(sick.findings.map(({ object, level }) => [object, level])).toEqual([
    ['postgres · public · small_id_seq', 'crit'],
    ['postgres · public · Wi"de', 'warn'],
  ]);
  expect(sick.findings[1]?.sentence).toContain('it fills public.narrow.id, integer');
  expect(sick.rows.find(({ sequence }) => sequence === 'round_and_round')).toMatchObject({
    used_percent: 100,
    judged_percent: null,
  });
  expect(sick.rows.find(({ sequence }) => sequence === 'down')?.used_percent).toBeCloseTo(49.5, 0);
  expect(sick.rows.find(({ sequence }) => sequence === 'untouched_id_seq')).toMatchObject({
    used_percent: 0,
  });

  await sqlOn(
    server,
    'postgres',
    `select setval('"Wi""de"', 1000)`,
    'alter table small alter id type bigint',
  );
  await sqlOn(server, 'postgres', 'alter sequence small_id_seq as bigint');
  expect((await watcher.run()).closed.length).toBe(2);
  await watcher.close();
  await server.stop();
});
