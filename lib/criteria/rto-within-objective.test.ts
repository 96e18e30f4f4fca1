import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import rto from '@/lib/criteria/rto-within-objective';
import { type Readiness, readiness } from '@/lib/testing/readiness';

let cluster: Readiness;
beforeEach(async () => {
  cluster = await readiness();
});
afterEach(() => cluster.close());

test('is unknown without a drill of the whole server, and where none came up', async () => {
  await cluster.evidence('drill', 'orders', 'pass', 60, { rtoSeconds: 5 });
  expect(await cluster.judge(rto)).toMatchObject({ state: 'unknown', links: [] });
  await cluster.evidence('drill', null, 'fail', 30, { method: 'physical', rtoSeconds: null });
  expect(await cluster.judge(rto)).toMatchObject({ state: 'unknown', links: [{ kind: 'evidence' }] });
});

test('compares the newest drill with the cluster’s own objective', async () => {
  await cluster.evidence('drill', null, 'pass', 60, { method: 'physical', rtoSeconds: 600 });
  expect(await cluster.judge(rto)).toMatchObject({ state: 'pass', value: 600 });
  await sql`update clusters set rto_seconds = 300`.execute(cluster.db);
  const verdict = await cluster.judge(rto);
  expect(verdict.state).toBe('fail');
  expect(verdict.sentence).toContain('the objective is 5');
});
