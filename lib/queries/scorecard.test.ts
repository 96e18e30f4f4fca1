import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clusterScorecardPageSchema, criterionDetailSchema, scorecardSchema } from '@/lib/contract/scorecard';
import { criterionOfCluster, scorecardOfAll, scorecardOfCluster } from '@/lib/queries/scorecard';
import { criteria } from '@/lib/registry/criteria.gen';
import { openStore } from '@/lib/store/db';
import { type Readiness, readiness } from '@/lib/testing/readiness';
import { evaluateScorecard } from '@/workers/janitor/evaluate-scorecard';

let cluster: Readiness;
let web: ReturnType<typeof openStore>;
beforeEach(async () => {
  cluster = await readiness();
  web = openStore(cluster.webUrl, { applicationName: 'scorecard-query-test', max: 2 });
});
afterEach(async () => {
  await web.close();
  await cluster.close();
});

test('before any evaluation everything is unknown, nothing is proven and no level is reached', async () => {
  const all = scorecardSchema.parse(await scorecardOfAll(web.db));
  expect(all.criteria.length).toBeGreaterThanOrEqual(12);
  const [mine] = all.clusters;
  expect(new Set(mine?.cells.map(({ state }) => state))).toEqual(new Set(['unknown']));
  expect(mine?.score).toMatchObject({
    provenPercent: 0,
    level: null,
    sentence: '0 % proven · 100 % unknown',
  });
});

test('green with evidence, stale after its time, by the web’s own rights', async () => {
  const primary = await cluster.addInstance('primary', 'primary');
  await cluster.answer('database-size', primary, [{ database: 'orders', bytes: 9e7 }]);
  await cluster.evidence('drill', 'orders', 'pass', 60, { restoreSeconds: 9 });
  await evaluateScorecard(cluster.db, criteria, pino({ level: 'silent' }));
  const stateOf = async (now: Date) => {
    const page = clusterScorecardPageSchema.parse(await scorecardOfCluster(web.db, cluster.clusterId, now));
    return page.cells.find(({ criterionId }) => criterionId === 'drill-age')?.state;
  };
  expect(await stateOf(new Date())).toBe('pass');
  expect(await stateOf(new Date(Date.now() + 8 * 86_400_000))).toBe('stale');
  const detail = criterionDetailSchema.parse(
    await criterionOfCluster(web.db, cluster.clusterId, 'restore-time'),
  );
  expect(detail.cell).toMatchObject({ state: 'pass', value: 9 });
  expect(detail.criterion.earnedBy?.job).toBe('restore-drill');
  expect(detail.history).toHaveLength(1);
});

test('an unknown cluster or criterion is not found', async () => {
  const nobody = '01890000-0000-7000-8000-000000000000';
  await expect(scorecardOfCluster(web.db, nobody)).rejects.toMatchObject({ code: 'not-found' });
  await expect(criterionOfCluster(web.db, cluster.clusterId, 'beauty')).rejects.toMatchObject({
    code: 'not-found',
  });
});
