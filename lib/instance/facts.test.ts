import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectInstance, type InstanceSession } from '@/lib/instance/connect';
import { readFacts, readIdentity } from '@/lib/instance/facts';
import { InstanceError } from '@/lib/instance/instance-error';
import { qualified, quoteIdent, quoteLiteral } from '@/lib/instance/quote';
import { withTransaction } from '@/lib/instance/transaction';
import { startPostgres, startStandby, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;
let session: InstanceSession;

function open(to: TestPostgres, user = 'postgres', password = to.password): Promise<InstanceSession> {
  const place = { host: '127.0.0.1', port: to.port, database: 'postgres', tlsMode: 'disable' } as const;
  return connectInstance({ ...place, user, password, applicationName: 'plumbline-test' });
}

beforeAll(async () => {
  server = await startPostgres({
    config: { archive_mode: 'on', archive_command: 'AWS_SECRET_ACCESS_KEY=hunter2 true' },
  });
  session = await open(server);
});
afterAll(async () => {
  await session.close();
  await server.stop();
});

test('hostile names and values come back as they were', async () => {
  for (const text of ['a"b', "it's", 'x\ny', '\\', "\\'", '$1', '<b>', 'ü'.repeat(31), '--', " E'"]) {
    expect(await session.query(`select ${quoteLiteral(text)} as ${quoteIdent(text)}`)).toEqual([
      { [text]: text },
    ]);
  }
  expect(qualified('a"', 'b')).toBe('"a"""."b"');
  expect(() => quoteIdent('a\0b')).toThrow(/zero byte/);
  expect(() => quoteLiteral('a\0b')).toThrow(/zero byte/);
  expect(() => quoteIdent('')).toThrow(/empty/);
});

test('a login with pg_monitor alone reads who the server is, on primary and standby', async () => {
  await session.query(`create role watch login password 'w' in role pg_monitor`);
  const standby = await startStandby(server, { name: 'reader' });
  const onPrimary = await open(server, 'watch', 'w');
  const primary = await readFacts(onPrimary);
  expect(primary).toMatchObject({
    role: 'primary',
    timeline: 1,
    user: 'watch',
    superuser: false,
    database: 'postgres',
  });
  expect(primary.memberships).toContain('pg_monitor');
  expect(primary.memberships).toContain('pg_read_all_stats');
  expect(primary.extensions.map((extension) => extension.name)).toContain('plpgsql');
  expect(primary.settings.max_connections).toBe('60');
  expect(primary.startedAt < primary.now).toBe(true);
  const onStandby = await open(standby, 'watch', 'w');
  const before = await readIdentity(onStandby);
  expect(before).toMatchObject({ role: 'standby', timeline: 1, systemIdentifier: primary.systemIdentifier });
  const superuser = await open(standby);
  await superuser.query('select pg_promote(true, 30)');
  expect(await readIdentity(onStandby)).toMatchObject({ role: 'primary', timeline: 2 });
  for (const each of [onPrimary, onStandby, superuser]) await each.close();
  await standby.stop();
});

test('facts hold no secret of the archive_command: everybody may read them', async () => {
  const { settings } = await readFacts(session);
  expect(settings).toMatchObject({
    archive_mode: 'on',
    archive_command: 'AWS_SECRET_ACCESS_KEY=(hidden) true',
  });
});

test('a read-only transaction cannot write, nor be made to, and leaves the session as it was', async () => {
  const limits = { readOnly: true, statementTimeoutMs: 1_000, lockTimeoutMs: 100 };
  await session.query('create table public.kept (n int)');
  const sneaky = [
    'insert into public.kept values (1)',
    'set transaction read write',
    'commit; insert into public.kept values (1)',
  ];
  for (const text of sneaky) {
    await expect(withTransaction(session, limits, (inner) => inner.query(text))).rejects.toBeInstanceOf(
      InstanceError,
    );
  }
  const shown = await withTransaction(session, limits, (inner) =>
    inner.query(`select current_setting('statement_timeout') as t, current_setting('TimeZone') as z`),
  );
  expect(shown).toEqual([{ t: '1s', z: 'UTC' }]);
  expect(await session.query(`select current_setting('statement_timeout') as t`)).toEqual([{ t: '0' }]);
  expect(await session.query('select count(*)::int4 as n from public.kept')).toEqual([{ n: 0 }]);
});

test('the server stops a statement at its timeout and a lock wait at its own', async () => {
  const other = await open(server);
  await other.query('begin');
  await other.query('lock table public.kept');
  const limits = { readOnly: true, statementTimeoutMs: 300, lockTimeoutMs: 100 };
  const slow = withTransaction(session, limits, (inner) => inner.query('select pg_sleep(30)'));
  await expect(slow).rejects.toMatchObject({ reason: 'timed-out', sqlState: '57014' });
  const locked = withTransaction(session, limits, (inner) => inner.query('select * from public.kept'));
  await expect(locked).rejects.toMatchObject({ reason: 'timed-out', sqlState: '55P03' });
  await other.query('rollback');
  await other.close();
  expect(session.isOpen()).toBe(true);
});
