import { expect, test } from 'vitest';
import { recoveryHost } from '@/lib/testing/stored-stanza';

test('archive-holes: silent on a whole archive, names the missing segment, milder once a backup heals it, silent when it is back', async () => {
  const { host, stanza, watch } = await recoveryHost();
  const watcher = await watch('archive-holes');
  await stanza.addSet({ first: 5 });
  await stanza.archive([1, 100]);
  expect(await watcher.run()).toMatchObject({ state: 'ok', rows: [], findings: [] });

  await stanza.archive([1, 49], [51, 100]);
  expect((await watcher.run()).findings).toMatchObject([
    {
      level: 'crit',
      object: '1 · 000000010000000000000032',
      sentence: expect.stringMatching(/lacks WAL: 0{7}10{14}32 .*Nothing written after .* take a backup now/),
    },
  ]);
  await stanza.addSet({ first: 60 });
  expect((await watcher.run()).findings).toMatchObject([
    { level: 'warn', sentence: expect.stringMatching(/Nothing between .* UTC and .* UTC can be reached/) },
  ]);
  await stanza.archive([1, 100]);
  expect(await watcher.run()).toMatchObject({ findings: [], closed: [expect.any(String)] });

  // What the server counts as archived and is not there: a drop that no hole shows yet.
  await stanza.look({ believed: '000000010000000000000070', holdsBelieved: false });
  expect((await watcher.run()).findings).toMatchObject([
    { level: 'crit', sentence: expect.stringContaining('reports success for WAL that it drops') },
  ]);
  await stanza.look({ holdsBelieved: true });
  expect((await watcher.run()).findings).toEqual([]);

  // Expiry leaves only the WAL of the backups themselves: no finding.
  await stanza.archive([5, 5], [60, 100]);
  expect((await watcher.run()).findings).toEqual([]);
  await watcher.close();
  await host.close();
});
