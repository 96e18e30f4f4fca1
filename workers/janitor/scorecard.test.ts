import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import backupAge from '@/lib/criteria/backup-age';
import drillAge from '@/lib/criteria/drill-age';
import { pass } from '@/lib/engine/criterion-verdict';
import type { CriterionDefinition } from '@/lib/engine/define-criterion';
import { stateAt } from '@/lib/engine/scorecard';
import { criterionHistory, latestCriterionResults } from '@/lib/store/criterion-results';
import { openStore } from '@/lib/store/db';
import { type Readiness, readiness } from '@/lib/testing/readiness';
import { evaluateScorecard } from '@/workers/janitor/evaluate-scorecard';
import { startScorecard } from '@/workers/janitor/scorecard';
import { WindowMemory } from '@/workers/janitor/window-memory';

let cluster: Readiness;
let primary: string;
const log = pino({ level: 'silent' });
beforeEach(async () => {
  cluster = await readiness();
  primary = await cluster.addInstance('primary', 'primary');
  await cluster.answer('database-size', primary, [{ database: 'orders', bytes: 9e7 }]);
});
afterEach(() => cluster.close());

const criteria = { 'backup-age': backupAge, 'drill-age': drillAge };
const resultOf = async (criterionId: string) =>
  (await latestCriterionResults(cluster.db, [cluster.clusterId])).find(
    (each) => each.criterionId === criterionId,
  );

test('without evidence it is unknown; with it green; once that expires stale, without another evaluation', async () => {
  await evaluateScorecard(cluster.db, criteria, log);
  expect(await resultOf('drill-age')).toMatchObject({ state: 'unknown', expiresAt: null });
  await cluster.evidence('drill', 'orders', 'pass', 60);
  expect(await evaluateScorecard(cluster.db, criteria, log)).toEqual([cluster.clusterId]);
  const green = await resultOf('drill-age');
  expect(green?.links).toHaveLength(1);
  expect(stateAt(green, new Date())).toBe('pass');
  expect(stateAt(green, new Date(Date.now() + 6.9 * 86_400_000))).toBe('pass');
  expect(stateAt(green, new Date(Date.now() + 7.1 * 86_400_000))).toBe('stale');
});

test('history is what changed, not how often somebody looked', async () => {
  for (let round = 0; round < 3; round += 1) await evaluateScorecard(cluster.db, criteria, log);
  const before = await criterionHistory(cluster.db, cluster.clusterId, 'backup-age', 10);
  expect(before).toHaveLength(1);
  expect(before[0]?.lastConfirmedAt.localeCompare(before[0].evaluatedAt)).toBe(1);
  await cluster.backup('orders', 60);
  await evaluateScorecard(cluster.db, criteria, log);
  // A newer backup is new evidence for the same state: it begins a line of its own.
  await cluster.backup('orders', 30);
  await evaluateScorecard(cluster.db, criteria, log);
  const after = await criterionHistory(cluster.db, cluster.clusterId, 'backup-age', 10);
  expect(after.map(({ state }) => state)).toEqual(['pass', 'pass', 'unknown']);
});

test('a criterion that throws is unknown with its reason and stops none of the others', async () => {
  const broken: CriterionDefinition = {
    ...backupAge,
    evaluate: () => Promise.reject(new Error('no such column')),
  };
  await evaluateScorecard(cluster.db, { broken, 'drill-age': drillAge }, log);
  expect((await resultOf('broken'))?.sentence).toContain('no such column');
  expect(await resultOf('drill-age')).toMatchObject({ state: 'unknown' });
});

test('a pass without evidence that can be opened is not green', async () => {
  const boasting: CriterionDefinition = {
    ...backupAge,
    evaluate: async () => pass('All is well.', { links: [], observedAt: new Date().toISOString() }),
  };
  await evaluateScorecard(cluster.db, { boasting }, log);
  expect(await resultOf('boasting')).toMatchObject({ state: 'unknown' });
});

test('long sums are read again once a thousandth of what they cover has passed', async () => {
  await cluster.samples(
    'cache-hit',
    primary,
    Array.from({ length: 101 }, () => ({ hit: 1, accesses: 1 })),
  );
  const memory = new WindowMemory();
  const at = async (seconds: number) => {
    const ctx = { ...(await cluster.context()), now: new Date(cluster.now.getTime() + seconds * 1000) };
    return (await memory.remembering(ctx).sums('cache-hit', ['hit'], 7 * 86_400))?.sums.hit;
  };
  expect(await at(0)).toBe(101);
  await cluster.samples('cache-hit', primary, [{ hit: 1, accesses: 1 }]);
  expect(await at(0.5)).toBe(101);
  expect(await at(1.2)).toBe(102);
});

test('with only the worker’s rights it judges new evidence within seconds and hints to pages', async () => {
  const { db, close } = openStore(cluster.workerUrl, { applicationName: 'scorecard-test', max: 4 });
  const hints: string[] = [];
  const notifier = { hint: (topic: string, id: string) => hints.push(`${topic} ${id}`) };
  const one = startScorecard({ db, log, notifier, everySeconds: 3600, watchSeconds: 0.02 });
  const two = startScorecard({ db, log, notifier, everySeconds: 3600, watchSeconds: 0.02 });
  await expect.poll(async () => (await resultOf('drill-age'))?.state, { timeout: 10_000 }).toBe('unknown');
  await cluster.evidence('drill', 'orders', 'pass', 5);
  await expect.poll(async () => (await resultOf('drill-age'))?.state, { timeout: 10_000 }).toBe('pass');
  await expect.poll(() => hints).toContain(`scorecard ${cluster.clusterId}`);
  await Promise.all([one.stop(), two.stop()]);
  expect(await criterionHistory(cluster.db, cluster.clusterId, 'drill-age', 10)).toHaveLength(2);
  await close();
});
