import { expect, test } from 'vitest';
import { pooledHost } from '@/lib/testing/pgbouncer';
import { forgetSharedPoolers } from '@/workers/collector/sources/pooler';

test('pooler-traffic: transactions and bytes of each database, as clients made them', async () => {
  const host = await pooledHost();
  const watcher = await host.watch('pooler-traffic');
  const client = await host.client();
  await client.query('select 1');
  const first = await watcher.run();
  expect(first.rows.map(({ pooler, database }) => [pooler, database])).toEqual([['front', 'postgres']]);
  for (let n = 0; n < 20; n += 1) await client.query(`select repeat('x', 1000)`);
  forgetSharedPoolers();
  const second = await watcher.run({ afterSeconds: 30 });
  const [sample] = second.samples;
  expect(sample?.values.transactions).toBe(20);
  expect(sample?.values.sent_bytes).toBeGreaterThan(20_000);
  expect(second.findings).toEqual([]);
  await client.end();
  await watcher.close();
  await host.close();
});
