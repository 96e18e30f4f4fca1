import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { consoleDumps } from '@/lib/queries/console-dumps';
import { addConsoleDump, type ConsoleDump } from '@/lib/store/console-dumps';
import { openStore } from '@/lib/store/db';
import { type ConsoleDatabase, consoleDatabase } from '@/lib/testing/console-database';

let database: ConsoleDatabase;
let owner: ReturnType<typeof openStore>;
let web: ReturnType<typeof openStore>;

beforeAll(async () => {
  database = await consoleDatabase();
  owner = openStore(database.ownerUrl, { applicationName: 'test owner' });
  web = openStore(database.webUrl, { applicationName: 'test web' });
});

afterAll(async () => {
  await Promise.all([owner.close(), web.close()]);
  await database.drop();
});

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3600_000).toISOString();

async function told(state: ConsoleDump['state'], hours: number) {
  const at = hoursAgo(hours);
  const row = { path: '/d', bytes: null, migration: null, keyIds: [], problem: null, madeOn: 'h' };
  await addConsoleDump(owner.db, { id: newId(), state, ...row, startedAt: at, finishedAt: at });
}

test('a console that was never dumped, one whose last try failed, and one that was not dumped last night', async () => {
  expect(await consoleDumps(web.db)).toMatchObject({ verdict: 'none', newestGood: null, items: [] });
  await told('failed', 40);
  expect(await consoleDumps(web.db)).toMatchObject({ verdict: 'none' });
  await told('ready', 27);
  expect(await consoleDumps(web.db)).toMatchObject({ verdict: 'old' });
  await told('ready', 3);
  expect(await consoleDumps(web.db)).toMatchObject({ verdict: 'ok' });
  await told('failed', 1);
  const seen = await consoleDumps(web.db);
  expect(seen).toMatchObject({ verdict: 'failed', newestGood: { state: 'ready' } });
  expect(seen.items).toHaveLength(4);
});
