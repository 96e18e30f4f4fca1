import { expect, test } from 'vitest';
import { makeWatchLogin, runUntil, sqlOn, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres, startStandby } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

const older = { window_seconds: 40 * 86_400 };

test('unused-indexes: too early, then unused for 40 days, then used: silent again; what binds is kept', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table shops (id int primary key)',
    'insert into shops values (1)',
    'create table items (id int primary key, shop int references shops, a int, b int, c int not null, d int)',
    'insert into items select n, 1, n, n, n, n from generate_series(1, 5000) n',
    'create index lonely on items (a)',
    'create index for_the_key on items (shop)',
    'create unique index keeps_unique on items (b)',
    'create unique index identity on items (c)',
    'alter table items replica identity using index identity',
    'create index tiny on shops ((id + 1))',
    'analyze',
    'select pg_stat_reset()',
  );
  const watcher = await watchWith('unused-indexes', server);
  const early = await watcher.run();
  expect(early.findings).toEqual([]);
  expect(early.rows.find(({ index }) => index === 'lonely')?.verdict).toBe('too early to tell');

  const sick = await watcher.run({ older });
  const verdicts = Object.fromEntries(sick.rows.map(({ index, verdict }) => [index, verdict]));
  expect(verdicts).toEqual({
    items_pkey: 'kept: primary key',
    shops_pkey: 'kept: primary key',
    lonely: 'unused',
    for_the_key: 'unused',
    keeps_unique: 'kept: keeps rows unique',
    identity: 'kept: replica identity',
    tiny: 'too small to matter',
  });
  expect(sick.findings.map(({ sentence }) => sentence).sort()).toMatchObject([
    expect.stringMatching(
      /^Index public\.for_the_key \(.*\) on items in postgres: not used in the 40 days that are known\. It serves the foreign key items_shop_fkey: /,
    ),
    expect.stringMatching(
      /^Index public\.lonely \(.*\) on items in postgres: not used in the 40 days that are known\.$/,
    ),
  ]);

  // An index that appears while we watch was unused for as long as it is there, whatever the server counts.
  await sqlOn(server, 'postgres', 'create index fresh on items (d)', 'drop index for_the_key');
  const later = await watcher.run({ older });
  expect(later.rows.find(({ index }) => index === 'fresh')?.verdict).toBe('too early to tell');
  expect(later.closed.length).toBe(1);

  await work(server, 'postgres', 'set enable_seqscan to off', 'select id from items where a = 7');
  let cured = await watcher.run({ older });
  await until(async () => {
    if (cured.findings.length === 0) return true;
    cured = await watcher.run({ older });
    return cured.findings.length === 0;
  }, 'the scan to be counted');
  expect(cured.rows.find(({ index }) => index === 'lonely')).toMatchObject({ verdict: 'used', scans: 1 });
  await watcher.close();
  await server.stop();
});

test('unused-indexes: a scan on a standby alone keeps an index; a standby that is not watched leaves it unknown', async () => {
  const primary = await startPostgres();
  await makeWatchLogin(primary);
  await sqlOn(
    primary,
    'postgres',
    'create table reports (id int, a int)',
    'insert into reports select n, n from generate_series(1, 5000) n',
    'create index for_reports on reports (a)',
    'analyze',
  );
  const standby = await startStandby(primary);
  const here = await watchWith('unused-indexes', primary);
  const there = await watchWith('unused-indexes', standby);
  const alone = await here.run({ older });
  expect(alone.findings).toMatchObject([
    {
      level: 'unknown',
      sentence: expect.stringContaining('a standby is not watched, and queries there may use it'),
    },
  ]);
  const quiet = await there.run({ older });
  expect(quiet.findings).toEqual([]);
  expect((await here.run({ older, peers: { standby: quiet.rows } })).findings).toMatchObject([
    { level: 'warn', sentence: expect.stringContaining('not used on any of its 2 servers in the 40 days') },
  ]);
  await work(standby, 'postgres', 'set enable_seqscan to off', 'select id from reports where a = 7');
  const busy = await runUntil(there, ({ rows }) => rows[0]?.scans === 1, 'the scan on the standby');
  const kept = await here.run({ older, peers: { standby: busy.rows } });
  expect(kept.findings).toEqual([]);
  expect(kept.rows[0]).toMatchObject({ verdict: 'used on another server', scans: 0, standby_scans: 1 });
  for (const watcher of [here, there]) await watcher.close();
  for (const server of [standby, primary]) await server.stop();
});
