import { existsSync } from 'node:fs';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { startPostgres, startStandby } from '@/lib/testing/postgres';
import { startRedis } from '@/lib/testing/redis';
import { answersPing } from '@/lib/tools/redis';

async function ask(url: string, sql: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return String(rows[0]?.[0]);
  } finally {
    await client.end();
  }
}

async function until(isTrue: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a server starts from the template, takes its settings and survives a crash and a restart', async () => {
  const server = await startPostgres({ config: { work_mem: '3MB' } });
  expect(await ask(server.superuserUrl, 'show work_mem')).toBe('3MB');
  await ask(server.superuserUrl, 'create table kept as select 7 as n');
  await ask(server.superuserUrl, 'checkpoint');
  const before = server.pid();
  await server.kill();
  await server.restart({ work_mem: '5MB' });
  expect(server.pid()).not.toBe(before);
  expect(await ask(server.superuserUrl, 'select n from kept')).toBe('7');
  expect(await ask(server.superuserUrl, 'show work_mem')).toBe('5MB');
  await server.stop();
  expect(existsSync(server.dataDir)).toBe(false);
});

test('a wrong password is refused on TCP and on the socket', async () => {
  const server = await startPostgres();
  await expect(ask(server.url('postgres', 'postgres', 'wrong'), 'select 1')).rejects.toThrow(/password/);
  const viaSocket = `postgres://postgres:wrong@/postgres?host=${server.socketDir}&port=${server.port}`;
  await expect(ask(viaSocket, 'select 1')).rejects.toThrow(/password/);
  await server.stop();
});

test('a standby streams from its primary', async () => {
  const primary = await startPostgres();
  const standby = await startStandby(primary, { name: 'reader', slot: 'reader' });
  await ask(primary.superuserUrl, 'create table moved as select 42 as n');
  await until(
    () =>
      ask(standby.superuserUrl, 'select n from moved').then(
        (n) => n === '42',
        () => false,
      ),
    'the row on the standby',
  );
  expect(await ask(standby.superuserUrl, 'select pg_is_in_recovery()')).toBe('true');
  expect(await ask(primary.superuserUrl, 'select application_name from pg_stat_replication')).toBe('reader');
  await standby.stop();
  await primary.stop();
});

test('redis answers with its password only, and a restart empties it', async () => {
  const redis = await startRedis();
  expect(await answersPing(redis.host, redis.port, redis.password)).toBe(true);
  expect(await answersPing(redis.host, redis.port, 'wrong')).toBe(false);
  await redis.restart();
  expect(await answersPing(redis.host, redis.port, redis.password)).toBe(true);
  await redis.stop();
});
