import { afterEach, beforeEach, expect, test } from 'vitest';
import nextPartitionExists from '@/lib/criteria/next-partition-exists';
import { type Readiness, readiness } from '@/lib/testing/readiness';

let cluster: Readiness;
let primary: string;
beforeEach(async () => {
  cluster = await readiness();
  primary = await cluster.addInstance('primary', 'primary');
  await cluster.answer('database-size', primary, [{ database: 'orders', bytes: 9e7 }]);
});
afterEach(() => cluster.close());

const partitioned = (ahead: number | null) => ({ schema: 'public', table: 'audit_logs', ahead });
const read = (...rows: ReturnType<typeof partitioned>[]) =>
  cluster.answer('partitions', primary, rows, { database: 'orders' });

test('unknown before it was read; nothing partitioned by time does not apply', async () => {
  expect(await cluster.judge(nextPartitionExists)).toMatchObject({ state: 'unknown' });
  await read();
  expect((await cluster.judge(nextPartitionExists)).sentence).toBe(
    'Does not apply: no table is partitioned by ranges of time in one database.',
  );
  await read(partitioned(null));
  expect(await cluster.judge(nextPartitionExists)).toMatchObject({ state: 'not-applicable' });
});

test('half of the current range left is no next one; one and a half is', async () => {
  await read(partitioned(0.5));
  const verdict = await cluster.judge(nextPartitionExists);
  expect(verdict).toMatchObject({ state: 'fail', value: 1 });
  expect(verdict.sentence).toContain('orders: public.audit_logs');
  await read(partitioned(1.5));
  expect(await cluster.judge(nextPartitionExists)).toMatchObject({ state: 'pass', value: 0 });
});
