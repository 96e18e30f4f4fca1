import { Client } from 'pg';
import { expect, test } from 'vitest';
import { consoleDatabase } from '@/lib/testing/console-database';

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end();
  }
}

test('two databases of one test process do not see each other, and each role is who it says', async () => {
  const one = await consoleDatabase();
  const two = await consoleDatabase();
  await ask(one.ownerUrl, 'create table only_here as select 1 as n');
  expect(await ask(one.ownerUrl, `select to_regclass('only_here')::text`)).toBe('only_here');
  expect(await ask(two.ownerUrl, `select to_regclass('only_here')::text`)).toBe(null);
  expect(await ask(one.webUrl, 'select current_user')).toBe('plumbline_web');
  expect(await ask(one.workerUrl, 'select current_user')).toBe('plumbline_worker');
  await one.drop();
  await two.drop();
  await expect(ask(one.webUrl, 'select 1')).rejects.toThrow(/does not exist/);
});
