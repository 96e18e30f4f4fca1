import { expect, test } from 'vitest';
import restoreArchiveCommand from '@/lib/jobs/restore-archive-command';
import { jobHarness } from '@/lib/testing/job-harness';
import { startStanza } from '@/lib/testing/stanza';

// What it does after a set-up is tested with the set-up.
test('where no former command was kept there is nothing to put back', async () => {
  const stanza = await startStanza({ bare: true });
  const harness = await jobHarness({
    server: stanza.server,
    stanza: stanza.stanza,
    stanzaConfigFile: stanza.configFile,
  });
  const { blockers } = await harness.plan(restoreArchiveCommand, {});
  expect(blockers).toMatchObject([{ message: 'No former archive_command was kept.' }]);
  harness.close();
  await stanza.stop();
}, 30_000);
