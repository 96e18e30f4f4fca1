import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { blockOf } from '@/lib/engine/emergency-sheet';
import { connectInstance, type InstanceSession } from '@/lib/instance/connect';
import { emergencySheet } from '@/lib/queries/emergency-sheet';
import { openStore } from '@/lib/store/db';
import { type ConsoleDatabase, consoleDatabase } from '@/lib/testing/console-database';
import { quietLog } from '@/lib/testing/engine-world';
import { scratchDirectory } from '@/lib/testing/scratch';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { removeTree } from '@/lib/tools/files';
import { renderForReview } from '@/lib/tools/pgbackrest/config';
import { runTool, type ToolResult } from '@/lib/tools/process';
import { toolUserName } from '@/lib/tools/system-user';
import { startSheets } from '@/workers/sheets/index';

const scratch = scratchDirectory('sheets');
const folder = `${scratch.path}/sheets`;
const clusterId = newId();
let console: ConsoleDatabase;
let owner: ReturnType<typeof openStore>;
let watched: TestStanza;
let sheets: ReturnType<typeof startSheets>;
let session: InstanceSession;
let label: string;
/** A moment with one row, and everything later has two. */
let moment: string;

/** Runs a block of the sheet as the owner of the server's files would: literally, in a shell. */
async function run(block: string | undefined, env: Record<string, string>): Promise<ToolResult> {
  const file = `${scratch.path}/block.sh`;
  writeFileSync(file, block ?? 'exit 99', { mode: 0o755 });
  return runTool({ argv: ['/bin/bash', file], env, user: toolUserName(), deadlineMs: 60_000 });
}

const sheetOnDisk = () =>
  readFileSync(`${folder}/${readdirSync(folder).find((name) => name.endsWith('.txt'))}`, 'utf8');

beforeAll(async () => {
  [console, watched] = await Promise.all([consoleDatabase(), startStanza({ cipher: 'very secret pass' })]);
  owner = openStore(console.ownerUrl, { applicationName: 'test' });
  const { server, stanza } = watched;
  session = await connectInstance({
    ...{ host: server.host, port: server.port, user: server.superuser, password: server.password },
    ...{ database: 'postgres', tlsMode: 'disable', applicationName: 'test', connectTimeoutMs: 5_000 },
  });
  await session.query('create table public.orders (id int)');
  await session.query('insert into public.orders values (1)');
  label = await watched.backup();
  // Replay stops at the first commit after its target: there has to be one on each side of it.
  const [now] = await session.query(`select clock_timestamp()::text as at, pg_sleep(0.02)::text`);
  moment = String(now?.at);
  await session.query('insert into public.orders values (2)');
  await watched.archiveNow();
  const name = `shop'; touch ${scratch.path}/hacked #`;
  await sql`insert into clusters (id, name) values (${clusterId}, ${`${name}\n4. rm -rf`})`.execute(owner.db);
  await sql`
    insert into instances (id, cluster_id, name, host, port, tls_mode, state)
    values (${stanza.instanceId}, ${clusterId}, 'first', 'db1', ${server.port}, 'disable', 'active')`.execute(
    owner.db,
  );
  await sql`
    insert into stanzas (id, cluster_id, instance_id, name, worker_name, data_directory, state, created_by_name)
    values (${stanza.id}, ${clusterId}, ${stanza.instanceId}, ${stanza.name}, 'w', ${server.dataDir}, 'active', 't')`.execute(
    owner.db,
  );
  await sql`
    insert into stanza_repositories (id, stanza_id, ordinal, path, is_encrypted)
    values (${newId()}, ${stanza.id}, 1, ${watched.repositoryPath}, true)`.execute(owner.db);
  sheets = startSheets({
    db: openWorker().db,
    log: quietLog,
    workerName: 'w',
    keyFile: '/keys/worker.key',
    folder,
    configFileOf: () => watched.configFile,
    review: async () => renderForReview(watched.config),
    everySeconds: 3600,
  });
}, 60_000);

let worker: ReturnType<typeof openStore> | undefined;
function openWorker() {
  worker ??= openStore(console.workerUrl, { applicationName: 'test worker' });
  return worker;
}

afterAll(async () => {
  await sheets?.stop();
  await session?.close();
  await Promise.all([owner?.close(), worker?.close(), watched?.stop()]);
  await console?.drop();
  scratch.remove();
});

test('is written when the backups change, private, by no half, and holds no secret', async () => {
  await sheets.look();
  expect(sheetOnDisk()).toContain('None. This cluster cannot be brought back.');
  const { stanza } = watched;
  await sql`
    insert into backups (id, cluster_id, instance_id, type, method, stanza_id, repository, label, timeline, path, worker_name,
      bytes, server_version_num, started_at, finished_at)
    values (${newId()}, ${clusterId}, ${stanza.instanceId}, 'physical', 'full', ${stanza.id}, 1, ${label}, 1, '/r', 'w',
      1000, ${watched.server.programs.major * 10_000}, now(), now())`.execute(owner.db);
  await sheets.look();
  const text = sheetOnDisk();
  expect(text).toContain(label);
  expect(text).toContain('/keys/worker.key');
  expect(text).not.toContain('very secret pass');
  expect(text).toContain('(sealed)');
  const [file = ''] = readdirSync(folder);
  expect(readdirSync(folder)).toHaveLength(1);
  expect(statSync(`${folder}/${file}`).mode & 0o777).toBe(0o600);
  const web = openStore(console.webUrl, { applicationName: 'test web' });
  const seen = await emergencySheet(web.db, clusterId).finally(web.close);
  expect(seen.sheet).toMatchObject({ text, workerName: 'w', problem: null, path: `${folder}/${file}` });
  // The same again is not written again.
  const written = statSync(`${folder}/${file}`).mtimeMs;
  await sheets.look();
  expect(statSync(`${folder}/${file}`).mtimeMs).toBe(written);
});

test('its commands, run as they stand, bring the server back: to the latest change, and to a moment', async () => {
  const block = blockOf(sheetOnDisk(), 'whole server');
  const [base, bin] = [`${scratch.path}/back`, watched.server.programs.directory];
  mkdirSync(base, { mode: 0o777 });
  await runTool({ argv: ['chmod', '777', base], deadlineMs: 5_000 });
  for (const [name, time, rows] of [
    ['latest', '', '1,2'],
    ['then', moment, '1'],
  ] as const) {
    const env = { DIR: `${base}/${name}`, PORT: '54399', TIME: time };
    const done = await run(block, env);
    expect(`${done.stdout}${done.stderr}`).not.toMatch(/error|fatal/i);
    expect(done.exitCode).toBe(0);
    const query = `${bin}/psql -X -h ${env.DIR}/s -p 54399 -d postgres -Atc "select string_agg(id::text, ',' order by id) from orders"`;
    expect((await run(query, {})).stdout.trim()).toBe(rows);
    await run(`${bin}/pg_ctl stop -D ${env.DIR}/data -m immediate`, {});
  }
  expect(existsSync(`${scratch.path}/hacked`)).toBe(false);
  // What it was run beside goes on as it was.
  expect((await session.query('select count(*)::int as n from public.orders'))[0]).toEqual({ n: 2 });
  const again = await run(block, { DIR: `${base}/latest`, PORT: '54399' });
  expect(again.exitCode).not.toBe(0);
});

test('a dump comes back under a new name by the commands of its block, whatever its path holds', async () => {
  const { server } = watched;
  const dump = `${scratch.path}/it's a "dump" $(touch hacked)`;
  const bin = server.programs.directory;
  await runTool({ argv: ['mkdir', '-m', '755', dump], user: toolUserName(), deadlineMs: 5_000 });
  writeFileSync(`${dump}/roles.sql`, 'create role postgres;\n', { mode: 0o644 });
  await runTool({
    argv: [`${bin}/pg_dump`, `--dbname=${server.superuserUrl}`, '--format=directory', `--file=${dump}/dump`],
    user: toolUserName(),
    deadlineMs: 20_000,
  });
  await sql`
    insert into backups (id, cluster_id, type, database, path, worker_name, bytes, server_version_num, started_at, finished_at)
    values (${newId()}, ${clusterId}, 'logical', 'postgres', ${dump}, 'w', 10, ${server.programs.major * 10_000}, now(), now())`.execute(
    owner.db,
  );
  await sheets.look();
  const env = { PGHOST: server.socketDir, PGPORT: String(server.port), PGUSER: 'postgres', NEW: 'again' };
  const script = `export PGHOST='${env.PGHOST}' PGPORT=${env.PGPORT} PGUSER=postgres\n${blockOf(sheetOnDisk(), 'one database')}`;
  const done = await run(script, { NEW: env.NEW });
  expect(done.stderr).toMatch(/already exists/);
  expect(done.exitCode).toBe(0);
  expect((await session.query(`select datname::text from pg_database where datname = 'again'`)).length).toBe(
    1,
  );
});

test('a folder that cannot be written to is a problem on the page, and the last text stays', async () => {
  removeTree(folder);
  writeFileSync(folder, 'a file');
  await sheets.look();
  const seen = await emergencySheet(owner.db, clusterId);
  expect(seen.sheet?.problem).toMatch(/EEXIST|ENOTDIR/);
  expect(seen.sheet?.text).toContain(label);
});
