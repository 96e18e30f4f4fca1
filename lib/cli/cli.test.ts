import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { type StartedApi, startApiServer } from '@/lib/testing/api-server';
import { cliOf, type RunCli, tokenFor } from '@/lib/testing/cli';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';
import { type TesterConsole, testerConsole } from '@/lib/testing/tester';
import { type TestWeb, testWeb } from '@/lib/testing/web';

let web: TestWeb;
let console: TesterConsole;
let api: StartedApi;
let server: TestPostgres;
let dba: RunCli;
let viewer: RunCli;
let token: string;

beforeAll(async () => {
  [web, server] = await Promise.all([testWeb(), startPostgres()]);
  [console, api] = await Promise.all([
    testerConsole({ database: web.console, sweepSeconds: 0.1 }),
    startApiServer(),
  ]);
  token = await tokenFor('dba');
  dba = cliOf(api.url, token);
  viewer = cliOf(api.url, await tokenFor('viewer'));
});
afterAll(async () => {
  await api.close();
  await console.close();
  await web.close();
  await server.stop();
});

const hostile = '<img src=x> \u202ered"';
const add = (extra: string[] = []) => [
  ...['instances', 'add', '--cluster', hostile, '--create-cluster', '--name', 'first', '--host', '127.0.0.1'],
  ...['--port', String(server.port), '--tls', 'disable', '--watch-user', 'postgres', ...extra],
];

test('a server is added and tested with a password from the environment, and listed with its hostile name tamed', async () => {
  const added = await dba(add(), { env: { PLUMBLINE_WATCH_PASSWORD: server.password } });
  expect(added.error).toBe('');
  expect(added.code).toBe(0);
  expect(added.out).toContain('The test passed; the server is watched now.');
  expect(added.out).toContain('postgres is a superuser');
  const clusters = await dba(['clusters', 'list']);
  expect(clusters.out).toContain('<img src=x> \\u{202e}red"');
  expect(clusters.out).not.toContain('\u202e');
  expect(clusters.out).toMatch(/first .*1/);
  const listed = await dba(['instances', 'list', '--json', '--cluster', hostile]);
  expect(JSON.parse(listed.out).items[0]).toMatchObject({ name: 'first', state: 'active', role: 'primary' });
  expect(listed.out).not.toContain(server.password);
  const again = await dba(['--json', 'instances', 'test', `${hostile}/first`]);
  expect(again.code).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({ state: 'done', ok: true });
});

test('a failed test exits with 1 and says why; the draft stays', async () => {
  const args = add().map((arg) => (arg === 'first' ? 'second' : arg === '127.0.0.1' ? 'localhost' : arg));
  const failed = await dba([...args, '--watch-password-file', '-'], { stdin: 'wrong\n' });
  expect(failed.code).toBe(1);
  expect(failed.out).toContain('refuses the password of postgres');
  expect(failed.out).toContain('nothing was changed');
});

test('each kind of refusal has its exit code, with the sentence on standard error', async () => {
  const unknown = await dba(['instances', 'test', 'nobody']);
  expect(unknown).toMatchObject({ code: 6, out: '' });
  expect(unknown.error).toContain('There is no instance “nobody”');
  const env = { PLUMBLINE_WATCH_PASSWORD: 'x' };
  const conflict = await dba(add(), { env });
  expect(conflict).toMatchObject({ code: 5, out: '' });
  const wrongHost = await dba([...add(), '--host', 'a,b'], { env });
  expect(wrongHost.code).toBe(2);
  expect(wrongHost.error).toContain('host: Give one host');
  const noPassword = await dba(add());
  expect(noPassword.code).toBe(2);
  expect(noPassword.error).toContain('PLUMBLINE_WATCH_PASSWORD');
  const notAllowed = await viewer(['instances', 'test', `${hostile}/first`]);
  expect(notAllowed.code).toBe(4);
  expect(notAllowed.error).toContain('role dba');
  const stranger = await cliOf(api.url, `plk_${'x'.repeat(43)}`)(['clusters', 'list']);
  expect(stranger.code).toBe(3);
  const nobody = await cliOf('http://127.0.0.1:9', token)(['clusters', 'list']);
  expect(nobody.code).toBe(3);
  expect(nobody.error).toContain('does not answer');
  expect(nobody.error).not.toContain(token);
  for (const wrong of [
    ['nonsense'],
    ['instances'],
    ['instances', 'add'],
    ['findings', '--fail-on', 'bad'],
    [],
  ]) {
    expect((await dba(wrong)).code, wrong.join(' ')).toBe(2);
  }
  const help = await dba(['--help']);
  expect(help.code).toBe(0);
  expect(help.out).toContain('Exit codes:');
});

test('findings, checks, backups and scorecard are read; --fail-on and --require decide the exit code', async () => {
  const instance = await console.ownerDb
    .selectFrom('instances')
    .selectAll()
    .where('name', '=', 'first')
    .executeTakeFirstOrThrow();
  const quiet = await dba(['findings', '--fail-on', 'unknown']);
  expect(quiet).toMatchObject({ code: 0 });
  await console.ownerDb
    .insertInto('findings')
    .values({
      id: newId(),
      check_id: 'connections',
      cluster_id: instance.cluster_id,
      instance_id: instance.id,
      key: 'k',
      object: 'o',
      judged: 'used',
      level: 'warn',
      sentence: 'Half of the \u202econnections are used',
      opened_at: new Date(),
      changed_at: new Date(),
      last_seen_at: new Date(),
    })
    .execute();
  const found = await dba(['findings', '--cluster', hostile]);
  expect(found.code).toBe(0);
  expect(found.out).toContain('Half of the \\u{202e}connections are used');
  expect((await dba(['findings', '--fail-on', 'crit'])).code).toBe(0);
  expect((await dba(['findings', '--fail-on', 'warn', '--instance', 'first'])).code).toBe(1);
  expect((await dba(['backups', 'list'])).out).toContain('There is no backup.');
  const checks = await dba(['checks', 'list', 'first']);
  expect(checks).toMatchObject({ code: 0, error: '' });
  expect(checks.out).toContain('connections');
  expect((await dba(['checks', 'list'])).out).toContain('connections');
  const late = await dba(['checks', 'run', 'first', '--timeout', '0.2']);
  expect(late.code).toBe(7);
  const outbox = await console.ownerDb.selectFrom('outbox').select('topic').execute();
  expect(outbox).toContainEqual({ topic: 'collect' });
  expect((await dba(['scorecard'])).code).toBe(0);
  expect((await dba(['scorecard', '--require', 'ready', '--cluster', hostile])).code).toBe(1);
});

test('the script of a login is printed, and a role with quotes stays one identifier', async () => {
  const script = await dba(['instances', 'script', 'operate', 'o"; drop table x', '--major', '17']);
  expect(script.out).toContain('grant pg_maintain to "o""; drop table x";');
});

test('address and token of the local start are found, and a token that others can read is refused', async () => {
  const home = scratchDirectory('home');
  const directory = `${home.path}/plumbline`;
  mkdirSync(directory);
  writeFileSync(`${directory}/address`, `${api.url}\n`);
  writeFileSync(`${directory}/token`, `${token}\n`, { mode: 0o600 });
  const env = { XDG_CONFIG_HOME: home.path, PLUMBLINE_URL: undefined, PLUMBLINE_TOKEN: undefined };
  const found = await dba(['clusters', 'list'], { env });
  expect(found.code).toBe(0);
  chmodSync(`${directory}/token`, 0o644);
  const open = await dba(['clusters', 'list'], { env });
  expect(open).toMatchObject({ code: 3, error: expect.stringContaining('Others than you can read') });
  const none = await dba(['clusters', 'list'], { env: { ...env, XDG_CONFIG_HOME: '/nonexistent' } });
  expect(none).toMatchObject({ code: 3, error: expect.stringContaining('npm start') });
  home.remove();
});
