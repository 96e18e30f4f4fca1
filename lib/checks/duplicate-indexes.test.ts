import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('duplicate-indexes: silent, then twins and beginnings, then dropped; what differs is left alone', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table t (a int, b int, c text, d jsonb, e int, f int, g int, h int)',
    `insert into t select n, n, 'text' || n, '{}', n, n, n, n from generate_series(1, 5000) n`,
    // None of these stands in for another one.
    'create index ab on t (a, b)',
    'create index b_only on t (b)',
    'create unique index unique_a on t (a)',
    'create index a_partial on t (a) where b > 3',
    'create index c_default on t (c, a)',
    'create index c_pattern on t (c text_pattern_ops)',
    'create index c_collated on t (c collate "C")',
    'create index c_lower on t (lower(c))',
    'create index a_covers on t (a, e) include (f)',
    'create index d_gin on t using gin (d)',
    'create index d_path on t using gin (d jsonb_path_ops)',
    'create index mixed on t (g, h desc)',
    'create index mixed_other on t (g desc, h desc)',
  );
  const watcher = await watchWith('duplicate-indexes', server);
  expect(await watcher.run()).toMatchObject({ state: 'ok', rows: [], findings: [] });

  await sqlOn(
    server,
    'postgres',
    'create index twin on t (b)',
    'create index beginning on t (g)',
    'create index backwards on t (g desc, h)',
    'create index not_unique on t (a)',
    'create index included on t (a, e)',
    'create index d_twin on t using gin (d)',
    'create index "lower ""2" on t (lower(c))',
  );
  const sick = await watcher.run();
  expect(Object.fromEntries(sick.rows.map((row) => [row.index, `${row.how} ${row.redundant_with}`]))).toEqual(
    {
      twin: 'is the same as b_only',
      beginning: 'is the beginning of mixed',
      backwards: 'is the same as mixed',
      not_unique: 'is the same as unique_a',
      included: 'is the same as a_covers',
      d_twin: 'is the same as d_gin',
      'lower "2': 'is the same as c_lower',
    },
  );
  expect(sick.findings.map(({ sentence }) => sentence)).toContainEqual(
    expect.stringMatching(/^Index public\.twin \(.*\) on t in postgres is the same as b_only: /),
  );
  await sqlOn(
    server,
    'postgres',
    'drop index twin, beginning, backwards, not_unique, included, d_twin, "lower ""2"',
  );
  expect((await watcher.run()).findings).toEqual([]);

  await sqlOn(server, 'postgres', 'alter table t add constraint said_twice unique (a)');
  const bound = await watcher.run();
  expect(bound.rows).toMatchObject([{ index: 'unique_a', redundant_with: 'said_twice' }]);
  await watcher.close();
  await server.stop();
});
