import { afterAll, beforeAll, expect, test } from 'vitest';
import { GET } from '@/app/api/v1/runbooks/route';
import { runbooksSchema } from '@/lib/contract/runbooks';
import { catalogue } from '@/lib/registry/descriptors';
import { callRoute, type TestWeb, testWeb } from '@/lib/testing/web';

let web: TestWeb;
beforeAll(async () => {
  web = await testWeb();
});
afterAll(async () => web.close());

test('every check that has a runbook gives it, and so does what the collector finds itself', async () => {
  const { cookie } = await web.signedIn('viewer');
  const response = await callRoute(GET, { cookie });
  const { items } = runbooksSchema.parse(await response.json());
  const withOne = catalogue.checks.filter(({ runbook }) => runbook).map(({ id }) => id);
  expect(withOne.length).toBeGreaterThan(10);
  expect(items.map(({ checkId }) => checkId)).toEqual(
    expect.arrayContaining([...withOne, 'instance-unreachable', 'instance-stranger']),
  );
  expect(items.find(({ checkId }) => checkId === 'connections')).toMatchObject({
    title: 'Connections',
    manual: expect.stringContaining('https://www.postgresql.org/docs/current/'),
    avoid: expect.stringContaining('max_connections'),
  });
});
