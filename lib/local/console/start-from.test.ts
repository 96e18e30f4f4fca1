import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyFile } from '@/lib/local/applications';
import { consoleDumpsIn, dumpConsole } from '@/lib/local/console/dump';
import { mayHaveDemo, startFrom } from '@/lib/local/console/start-from';
import { startConsoleDatabase } from '@/lib/local/console-servers';
import { readStartOptions } from '@/lib/local/options';
import { withStore } from '@/lib/local/people';
import { withSession } from '@/lib/local/sql';
import { type LocalState, openState } from '@/lib/local/state';
import { ensureKeyFile } from '@/lib/secrets/key-file';
import { registerWorkerKey } from '@/lib/store/worker-keys';
import { scratchDirectory } from '@/lib/testing/scratch';
import type { RunningServer } from '@/lib/tools/postgres';
import { findPostgresPrograms, serverFor } from '@/lib/tools/programs';
import { migrate } from '@/migrations/migrate';

const scratch = scratchDirectory('from');
const notes: string[] = [];
const progress = { step: () => undefined, note: (text: string) => void notes.push(text) };
const servers: RunningServer[] = [];
const folder = `${scratch.path}/dumps`;

async function consoleIn(name: string): Promise<{ state: LocalState; ownerUrl: string }> {
  const programs = serverFor(await findPostgresPrograms());
  if (!programs) throw new Error('no server');
  const state = openState(`${scratch.path}/${name}`);
  const { server, ownerUrl } = await startConsoleDatabase(programs, state, progress);
  servers.push(server);
  return { state, ownerUrl };
}

async function from(state: LocalState, ownerUrl: string, ...more: string[]): Promise<void> {
  const [dump = ''] = consoleDumpsIn(folder);
  const options = readStartOptions(['--from', dump, '--state', state.directory, ...more], '/product');
  const programs = serverFor(await findPostgresPrograms());
  if (!programs) throw new Error('no server');
  await startFrom({ ...options, from: dump }, state, ownerUrl, programs, progress);
}

const clustersIn = (ownerUrl: string) =>
  withSession(ownerUrl, (session) => session.run('select name from clusters order by name'));

let old: { state: LocalState; ownerUrl: string };

beforeAll(async () => {
  old = await consoleIn('old');
  await migrate(old.ownerUrl);
  const key = await ensureKeyFile(keyFile(old.state));
  await withStore(old.ownerUrl, async (db) => {
    await registerWorkerKey(db, key);
    await db.insertInto('clusters').values({ id: crypto.randomUUID(), name: 'shop' }).execute();
  });
  await dumpConsole({ ownerUrl: old.ownerUrl, folder, keep: 3 });
}, 60_000);

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop('immediate')));
  scratch.remove();
});

test('a fresh state folder comes back with the key file given, and without a second demo', async () => {
  const { state, ownerUrl } = await consoleIn('new');
  await expect(from(state, ownerUrl)).rejects.toThrow(/worker\.key does not exist/);
  await from(state, ownerUrl, '--key', keyFile(old.state));
  expect(await clustersIn(ownerUrl)).toEqual([{ name: 'shop' }]);
  expect(readFileSync(keyFile(state), 'utf8')).toBe(readFileSync(keyFile(old.state), 'utf8'));
  expect(mayHaveDemo(state)).toBe(false);
  expect(notes.join('\n')).toContain('1 clusters');
});

test('a console that is there stays, unless it is to be set aside; a failure puts it back', async () => {
  const { state, ownerUrl } = old;
  await withSession(ownerUrl, (session) => session.run(`update clusters set name = 'newer'`));
  await expect(from(state, ownerUrl)).rejects.toThrow(/not empty/);
  // Its list can be read, and the tables that are looked at first; not the last of its rows.
  const [dump = ''] = consoleDumpsIn(folder);
  const whole = readFileSync(dump);
  truncateSync(dump, whole.length - 60);
  await expect(from(state, ownerUrl, '--replace')).rejects.toThrow(/pg_restore.* ended with code 1/);
  writeFileSync(dump, whole);
  expect(await clustersIn(ownerUrl)).toEqual([{ name: 'newer' }]);
  await from(state, ownerUrl, '--replace');
  expect(await clustersIn(ownerUrl)).toEqual([{ name: 'shop' }]);
  const aside = /database (plumbline_before_\S+) now/.exec(notes.join('\n'))?.[1] ?? '';
  expect(await clustersIn(ownerUrl.replace(/plumbline$/, aside))).toEqual([{ name: 'newer' }]);
  expect(existsSync(`${state.directory}/no-demo`)).toBe(true);
});
