import { afterEach, beforeEach, expect, test } from 'vitest';
import noInvalidIndexes from '@/lib/criteria/no-invalid-indexes';
import { type Readiness, readiness } from '@/lib/testing/readiness';

let cluster: Readiness;
let primary: string;
beforeEach(async () => {
  cluster = await readiness();
  primary = await cluster.addInstance('primary', 'primary');
  await cluster.answer('database-size', primary, [{ database: 'orders', bytes: 9e7 }]);
});
afterEach(() => cluster.close());

const index = { schema: 'public', table: 'lines', index: 'lines_<key>' };

test('unknown until each database was read', async () => {
  expect(await cluster.judge(noInvalidIndexes)).toMatchObject({ state: 'unknown', value: null });
});

test('passes on valid ones; an invalid one fails and is named', async () => {
  await cluster.answer('indexes', primary, [{ ...index, invalid: 0 }], { database: 'orders' });
  expect(await cluster.judge(noInvalidIndexes)).toMatchObject({ state: 'pass', value: 0 });
  await cluster.answer('indexes', primary, [{ ...index, invalid: 1 }], { database: 'orders' });
  const verdict = await cluster.judge(noInvalidIndexes);
  expect(verdict).toMatchObject({ state: 'fail', value: 1 });
  expect(verdict.sentence).toContain('orders: public.lines_<key>');
});
