import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWatchLogin, runCheckOnce, sqlOn } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

/** Makes a database look as old as so many transactions: the catalog's word is all that the check reads. */
function ageDatabase(name: string, age: number): string {
  return `
    update pg_database
    set datfrozenxid = (((pg_snapshot_xmax(pg_current_snapshot())::text::bigint % 4294967296) + 4294967296 - ${age}) % 4294967296)::text::xid
    where datname = '${name}'`;
}

it('fires on the database that nears wraparound, and not before half the way', async () => {
  await sqlOn(server, 'postgres', 'create database archive');
  expect((await runCheckOnce('transaction-age', server)).findings).toEqual([]);

  await sqlOn(server, 'postgres', ageDatabase('archive', 900_000_000));
  expect((await runCheckOnce('transaction-age', server)).findings).toEqual([]);
  await sqlOn(server, 'postgres', ageDatabase('archive', 1_100_000_000));
  expect((await runCheckOnce('transaction-age', server)).findings).toMatchObject([
    { object: 'archive', judged: 'xid_percent', level: 'warn' },
  ]);
  await sqlOn(server, 'postgres', ageDatabase('archive', 1_600_000_000));
  const sick = await runCheckOnce('transaction-age', server);
  expect(sick.findings).toMatchObject([{ object: 'archive', level: 'crit' }]);
  expect(sick.findings[0]?.sentence).toContain('archive has used 80 %');

  await sqlOn(server, 'postgres', ageDatabase('archive', 1000));
  expect((await runCheckOnce('transaction-age', server)).findings).toEqual([]);
});
