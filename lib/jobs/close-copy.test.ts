import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import closeCopy from '@/lib/jobs/close-copy';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;
let harness: JobHarness;

beforeAll(async () => {
  server = await startPostgres();
  harness = await jobHarness({ server });
});

afterAll(async () => {
  harness.close();
  await server.stop();
});

test('a copy that is not there is said, and two closings of one copy wait for each other', async () => {
  const copyId = randomUUID();
  const draft = await harness.plan(closeCopy, { copyId });
  expect(draft.summary).toContain(copyId);
  const run = await harness.run(closeCopy, { copyId });
  expect(run.error).toMatchObject({ code: 'not-found' });
  expect(closeCopy.locks({ copyId }, { clusterId: 'c', instanceId: 'i' })).toEqual([`copy:${copyId}`]);
});
