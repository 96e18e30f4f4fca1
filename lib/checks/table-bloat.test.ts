import { expect, test } from 'vitest';
import { findMeasuredIn, measuredFiles } from '@/lib/engine/bloat-measured';
import { watchHelperStatements } from '@/lib/engine/grant-scripts';
import { makeWatchLogin, openSession, sqlOn, watchUser, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

const fill = (name: string, rows: number) => [
  `create table ${name} as select n, repeat('x', 180) as filler from generate_series(1, ${rows}) n`,
  `alter table ${name} set (autovacuum_enabled = off)`,
];

test('table-bloat: silent, then most of a table is dead space, then rewritten', async () => {
  const server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  await sqlOn(server, 'postgres', ...fill('"Heaps"', 400_000), `grant select on "Heaps" to ${watchUser}`);
  // By another session: the one that filled it may report its rows only at its end, after the analyze.
  await work(server, 'postgres', 'vacuum analyze "Heaps"');
  const watcher = await watchWith('table-bloat', server);
  const healthy = await watcher.run();
  expect(healthy.findings).toEqual([]);
  expect(healthy.rows[0]).toMatchObject({ table: 'Heaps', method: 'estimate', not_known: null });
  expect(healthy.rows[0]?.bloat_percent).toBeLessThan(5);

  await work(server, 'postgres', 'delete from "Heaps" where n % 10 <> 0');
  await work(server, 'postgres', 'vacuum (analyze, truncate false) "Heaps"');
  const sick = await watcher.run();
  expect(sick.findings).toMatchObject([
    {
      level: 'crit',
      sentence: expect.stringMatching(/^About [89]\d.* % of public\.Heaps in postgres is dead space/),
    },
  ]);

  // What was read page by page counts for more than the estimate, until a fifth of the rows has changed.
  const session = await openSession(server);
  const [counted] = await session.query(
    `select (n_tup_ins + n_tup_upd + n_tup_del)::float8 as written from pg_stat_all_tables where relname = 'Heaps'`,
  );
  await session.close();
  const bytes = Number(sick.rows[0]?.bytes);
  const file = { part: 'table', schema: 'public', table: 'Heaps', index: null, method: 'pgstattuple_approx' };
  const exact = (rowsWritten: number, hoursAgo: number) => {
    const measured = [{ ...file, bytes, bloatBytes: 0.1 * bytes, bloatPercent: 10, rowsWritten }];
    const at = new Date(Date.now() - hoursAgo * 3_600_000).toISOString();
    const files = measuredFiles([{ database: 'postgres', at, facts: { measured } }]);
    return watcher.run({ measured: findMeasuredIn(files, 'postgres', new Date()) });
  };
  const written = Number(counted?.written);
  const known = await exact(written, 2);
  expect(known).toMatchObject({ findings: [], closed: [expect.stringContaining('Heaps')] });
  expect(known.rows[0]).toMatchObject({
    known_by: 'measured by pgstattuple_approx 2 h ago',
    dead_percent: 10,
  });
  expect(known.rows[0]?.bloat_percent).toBeGreaterThan(80);
  expect((await exact(written - 10_000, 2)).findings).toMatchObject([{ level: 'crit' }]);
  expect((await exact(written, 31 * 24)).findings).toMatchObject([
    { sentence: expect.stringContaining('estimated from statistics') },
  ]);
  await sqlOn(server, 'postgres', 'vacuum full "Heaps"', 'analyze "Heaps"');
  expect((await watcher.run()).closed.length).toBe(1);
  await watcher.close();
  await server.stop();
});

test('table-bloat: what pg_stats does not show, or no longer describes, is not known and never 0', async () => {
  const server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  for (const name of ['hidden', 'fresh', 'stale']) await work(server, 'postgres', ...fill(name, 20_000));
  await work(server, 'postgres', 'analyze hidden, stale');
  await work(
    server,
    'postgres',
    'update stale set n = n + 1',
    `grant select on fresh, stale to ${watchUser}`,
  );
  const watcher = await watchWith('table-bloat', server);
  const seen = await watcher.run();
  const why = Object.fromEntries(seen.rows.map((row) => [row.table, row.not_known]));
  expect(why.hidden).toContain('cannot be read');
  expect(why.stale).toContain('too old');
  if ('fresh' in why) expect(why.fresh).toContain('never analyzed');
  expect(seen.findings.map(({ level }) => level)).not.toContain('crit');
  expect(seen.findings).toContainEqual(
    expect.objectContaining({
      level: 'unknown',
      object: 'postgres · public · hidden',
      sentence: expect.stringContaining('cannot be read by this login'),
    }),
  );
  for (const row of seen.rows) expect([row.bloat_bytes, row.bloat_percent]).toEqual([null, null]);

  // The helper of the grant script gives widths of columns, never values.
  await sqlOn(server, 'postgres', ...watchHelperStatements(watchUser).map(({ sql }) => sql));
  const helped = await watcher.run();
  expect(helped.rows.find(({ table }) => table === 'hidden')).toMatchObject({
    not_known: null,
    bloat_percent: expect.any(Number),
  });
  await watcher.close();
  await server.stop();
});

test('table-bloat: a helper that the owner of a database planted is not called', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    `create role thief`,
    'create schema plumbline authorization thief',
    `create function plumbline.column_statistics()
     returns table (relid oid, attnum int2, null_frac real, avg_width int, n_distinct real)
     language plpgsql as $$ begin raise exception 'I ran as %', current_user; end $$`,
    'alter function plumbline.column_statistics() owner to thief',
    'grant usage on schema plumbline to public',
  );
  const watcher = await watchWith('table-bloat', server);
  expect((await watcher.run()).state).toBe('ok');
  await watcher.close();
  await server.stop();
});
