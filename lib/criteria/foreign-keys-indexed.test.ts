import { afterEach, beforeEach, expect, test } from 'vitest';
import foreignKeysIndexed from '@/lib/criteria/foreign-keys-indexed';
import { type Readiness, readiness } from '@/lib/testing/readiness';

let cluster: Readiness;
let primary: string;
beforeEach(async () => {
  cluster = await readiness();
  primary = await cluster.addInstance('primary', 'primary');
  await cluster.answer(
    'database-size',
    primary,
    ['orders', 'users'].map((database) => ({ database, bytes: 9e7 })),
  );
});
afterEach(() => cluster.close());

const bare = {
  schema: 'public',
  table: 'lines',
  constraint: 'lines_order_fk',
  columns: 'order_id',
  table_rows: 5000,
};

test('unknown until each database was read', async () => {
  expect(await cluster.judge(foreignKeysIndexed)).toMatchObject({ state: 'unknown' });
  await cluster.answer('foreign-keys', primary, [], { database: 'orders' });
  const verdict = await cluster.judge(foreignKeysIndexed);
  expect(verdict.state).toBe('unknown');
  expect(verdict.sentence).toContain('users');
});

test('passes when none of a large table lacks one; the oldest reading dates it', async () => {
  await cluster.answer('foreign-keys', primary, [{ ...bare, table_rows: 10 }], {
    database: 'orders',
    ago: 500,
  });
  await cluster.answer('foreign-keys', primary, [], { database: 'users' });
  const verdict = await cluster.judge(foreignKeysIndexed);
  expect(verdict).toMatchObject({ state: 'pass', value: 0 });
  expect(Date.parse(verdict.observedAt ?? '')).toBe(Date.parse(cluster.ago(500)));
});

test('a bare one fails and is named, also while another database was not read', async () => {
  await cluster.answer('foreign-keys', primary, [bare], { database: 'orders' });
  const verdict = await cluster.judge(foreignKeysIndexed);
  expect(verdict).toMatchObject({ state: 'fail', value: 1 });
  expect(verdict.sentence).toContain('orders: public.lines (order_id)');
});

test('a database that timed out is unknown, with the reason', async () => {
  await cluster.answer('foreign-keys', primary, [], { database: 'orders' });
  await cluster.answer('foreign-keys', primary, [], { database: 'users', state: 'timeout' });
  const verdict = await cluster.judge(foreignKeysIndexed);
  expect(verdict.state).toBe('unknown');
  expect(verdict.sentence).toContain('users: the check ran out of time');
});
