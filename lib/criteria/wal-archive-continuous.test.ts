import { expect, test } from 'vitest';
import recoverableWindow from '@/lib/criteria/recoverable-window';
import walArchiveContinuous from '@/lib/criteria/wal-archive-continuous';
import { readiness } from '@/lib/testing/readiness';
import { storedStanza } from '@/lib/testing/stored-stanza';

test('unknown without a stanza and before a look; a whole archive passes, a hole fails by its name', async () => {
  const cluster = await readiness();
  const instanceId = await cluster.addInstance('primary', 'primary');
  expect(await cluster.judge(walArchiveContinuous)).toMatchObject({ state: 'unknown' });
  expect(await cluster.judge(recoverableWindow)).toMatchObject({ state: 'unknown' });
  const minutes = 8 * 1440;
  const stanza = await storedStanza(cluster.db, { clusterId: cluster.clusterId, instanceId }, minutes);
  const { lookedAt } = { lookedAt: new Date().toISOString() };
  await stanza.look({ lookedAt: null });
  expect((await cluster.judge(walArchiveContinuous)).sentence).toContain('never read');
  expect((await cluster.judge(recoverableWindow)).sentence).toContain('never read');

  await stanza.look({ lookedAt });
  expect(await cluster.judge(walArchiveContinuous)).toMatchObject({ state: 'unknown' });
  expect(await cluster.judge(recoverableWindow)).toMatchObject({ state: 'fail', value: 0 });

  await stanza.archive([1, minutes]);
  const set = await stanza.addSet({ first: 5 });
  expect(await cluster.judge(walArchiveContinuous)).toMatchObject({ state: 'pass', value: 0 });
  const whole = await cluster.judge(recoverableWindow);
  expect(whole.state).toBe('pass');
  expect(whole.links.map(({ id }) => id)).toContain(set.id);

  await stanza.archive([1, 5000], [5002, minutes]);
  const holed = await cluster.judge(walArchiveContinuous);
  expect(holed).toMatchObject({ state: 'fail', value: 1 });
  expect(holed.sentence).toContain('000000010000001300000089, and nothing since');

  await stanza.addSet({ first: 6000 });
  expect((await cluster.judge(walArchiveContinuous)).sentence).toContain('later backups go on');
  const shorter = await cluster.judge(recoverableWindow);
  expect(shorter).toMatchObject({ state: 'fail' });
  expect(shorter.sentence).toContain('A hole lies before it');
  await cluster.close();
});
