import { expect, test } from 'vitest';
import recoverableWindow from '@/lib/criteria/recoverable-window';
import { readiness } from '@/lib/testing/readiness';
import { storedStanza } from '@/lib/testing/stored-stanza';

test('a short window fails and says that it grows; one of seven days passes at its very end', async () => {
  const cluster = await readiness();
  const instanceId = await cluster.addInstance('primary', 'primary');
  const minutes = 7 * 1440 + 5;
  const stanza = await storedStanza(cluster.db, { clusterId: cluster.clusterId, instanceId }, minutes);
  await stanza.archive([1, minutes]);
  await stanza.addSet({ first: 1000 });
  const short = await cluster.judge(recoverableWindow);
  expect(short).toMatchObject({ state: 'fail' });
  expect(short.sentence).toContain('grows by one');
  await stanza.addSet({ first: 2 });
  expect(await cluster.judge(recoverableWindow)).toMatchObject({ state: 'pass' });
  await cluster.close();
});
