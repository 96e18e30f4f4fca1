import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeInstance } from '@/lib/commands/instances';
import { findCluster } from '@/lib/store/clusters';
import { loginsOf } from '@/lib/store/instance-logins';
import { findInstance } from '@/lib/store/instances';
import { addTestInstance, meta, superuserLogin } from '@/lib/testing/console';
import { fakeServer, oldServer } from '@/lib/testing/fake-server';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { sentences, type TesterConsole, testerConsole } from '@/lib/testing/tester';
import { runToolOrFail } from '@/lib/tools/process';
import { toolUserName } from '@/lib/tools/system-user';

let console: TesterConsole;
let server: TestPostgres;

beforeAll(async () => {
  [console, server] = await Promise.all([testerConsole({ connectTimeoutMs: 3_000 }), startPostgres()]);
});
afterAll(async () => {
  await console.close();
  await server.stop();
});

/** A failed test leaves no trace but its own row. */
async function expectUntouched(instanceId: string): Promise<void> {
  const instance = await findInstance(console.workerDb, instanceId);
  expect(instance).toMatchObject({
    state: 'draft',
    system_identifier: null,
    facts_at: null,
    role: 'unknown',
  });
  const logins = await loginsOf(console.workerDb, [instanceId]);
  expect(logins.every((login) => login.tested === null)).toBe(true);
  const cluster = await findCluster(console.workerDb, instance?.cluster_id ?? '');
  expect(cluster?.system_identifier).toBeNull();
}

test('each way of not reaching a server is a sentence of its own within its deadline, and changes nothing', async () => {
  const hanging = await fakeServer(() => {});
  const foreign = await fakeServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const old = await oldServer(90_624);
  const gone = await fakeServer(() => {});
  await gone.close();
  const cases = [
    { at: gone, says: 'Nothing accepts connections' },
    { at: { host: 'no-such-host.invalid', port: 5432 }, says: 'is not known to the worker' },
    { at: hanging, says: 'did not let us in within 3 s' },
    { at: foreign, says: 'closed the connection before it was usable' },
    { at: old, says: 'runs PostgreSQL 9.6.24; Plumbline needs 14 or newer' },
    {
      at: { host: 'localhost', port: server.port },
      tlsMode: 'verify-full' as const,
      says: 'does not offer TLS',
    },
  ];
  for (const { at, tlsMode = 'disable', says } of cases) {
    const logins = [superuserLogin(server, 'watch'), superuserLogin(server, 'operate')];
    const { instanceId } = await addTestInstance(console, at, { name: says, tlsMode, logins });
    const startedAt = performance.now();
    const { ok, result } = await console.run(instanceId);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(ok).toBe(false);
    expect(sentences(result, 'failed')).toContain(says);
    expect(sentences(result, 'skipped')).toContain('Not tried');
    await expectUntouched(instanceId);
  }
  await Promise.all([hanging.close(), foreign.close(), old.close()]);
});

test('a wrong password of one login fails the test, names the login and leaves the others as they were', async () => {
  const own = await startPostgres();
  const { instanceId } = await addTestInstance(console, own, {
    logins: [superuserLogin(own, 'watch'), { ...superuserLogin(own, 'operate'), password: 'wrong' }],
  });
  const { ok, result } = await console.run(instanceId);
  expect(ok).toBe(false);
  expect(result.steps.find((step) => step.state === 'failed')).toMatchObject({ purpose: 'operate' });
  expect(sentences(result, 'failed')).toContain('refuses the password of postgres');
  await expectUntouched(instanceId);
  await own.stop();
});

test('certificates: an unknown authority and a wrong name are refused, a known one is not; weak modes are named', async () => {
  const own = await startPostgres();
  const user = toolUserName();
  await runToolOrFail({
    argv: [
      'openssl',
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'],
      ...['-keyout', `${own.dataDir}/server.key`, '-out', `${own.dataDir}/server.crt`],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
    ],
    user,
    deadlineMs: 30_000,
  });
  await own.restart({ ssl: true });
  const tlsCa = readFileSync(`${own.dataDir}/server.crt`, 'utf8');
  const logins = [superuserLogin(own)];
  const unknown = await addTestInstance(console, own, { name: 'unknown', tlsMode: 'verify-full', logins });
  const first = await console.run(unknown.instanceId);
  expect(first.ok).toBe(false);
  expect(sentences(first.result, 'failed')).toContain('is not accepted');
  const change = { tlsCa, logins };
  await changeInstance(console.webDb, console.actor, unknown.instanceId, change, meta);
  const misnamed = await console.run(unknown.instanceId);
  expect(misnamed.ok).toBe(false);
  expect(sentences(misnamed.result, 'failed')).toMatch(/is not accepted.*127\.0\.0\.1/);
  await expectUntouched(unknown.instanceId);
  const weaker = { tlsMode: 'verify-ca' as const, logins };
  await changeInstance(console.webDb, console.actor, unknown.instanceId, weaker, meta);
  const weak = await console.run(unknown.instanceId);
  expect(weak.ok).toBe(true);
  expect(sentences(weak.result, 'warn')).toContain('the host name is not');
  const right = { host: 'localhost', tlsMode: 'verify-full' as const, logins };
  await changeInstance(console.webDb, console.actor, unknown.instanceId, right, meta);
  expect(await findInstance(console.workerDb, unknown.instanceId)).toMatchObject({ state: 'draft' });
  const good = await console.run(unknown.instanceId);
  expect(good.ok).toBe(true);
  expect(sentences(good.result, 'ok')).toContain('over TLS (verify-full)');
  expect((await loginsOf(console.workerDb, [unknown.instanceId]))[0]?.tested).toMatchObject({ tls: true });
  await own.stop();
});

test('a secret that was copied to another row, or whose row was pointed elsewhere, is not sent', async () => {
  const listener = await fakeServer(() => {});
  let contacted = 0;
  const thief = await fakeServer(() => {
    contacted += 1;
  });
  const victim = await addTestInstance(console, listener, { logins: [superuserLogin(server)] });
  const other = await addTestInstance(console, thief, {
    logins: [{ purpose: 'watch', user: 'postgres', password: 'known to the thief' }],
  });
  const { sealed } = await console.ownerDb
    .selectFrom('instance_logins')
    .select('sealed')
    .where('instance_id', '=', victim.instanceId)
    .executeTakeFirstOrThrow();
  const set = (instanceId: string) =>
    console.ownerDb
      .updateTable('instance_logins')
      .set({ sealed })
      .where('instance_id', '=', instanceId)
      .execute();
  await set(other.instanceId);
  const copied = await console.run(other.instanceId);
  expect(copied.ok).toBe(false);
  expect(sentences(copied.result, 'failed')).toContain('was entered for another instance');
  await console.ownerDb
    .updateTable('instances')
    .set({ port: thief.port })
    .where('id', '=', victim.instanceId)
    .execute();
  const pointed = await console.run(victim.instanceId);
  expect(sentences(pointed.result, 'failed')).toContain('was entered for another port');
  expect(contacted).toBe(0);
  await Promise.all([listener.close(), thief.close()]);
});
