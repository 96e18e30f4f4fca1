import { expect, test } from 'vitest';
import takeOverStanza from '@/lib/jobs/take-over-stanza';
import { jobHarness } from '@/lib/testing/job-harness';
import { startPostgres } from '@/lib/testing/postgres';

// The hand-over itself is tested with the adoption.
test('without an adopted stanza there is nothing to hand over', async () => {
  const server = await startPostgres();
  const harness = await jobHarness({ server });
  const { blockers } = await harness.plan(takeOverStanza, {});
  expect(blockers).toMatchObject([{ next: expect.stringContaining('set-up page') }]);
  harness.close();
  await server.stop();
});
