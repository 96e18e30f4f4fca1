import { expect, test } from 'vitest';
import { recoveryHost } from '@/lib/testing/stored-stanza';

test('backup-repository: silent while it is read, then names what cannot be read and the stop file, then silent', async () => {
  const { host, stanza, watch } = await recoveryHost();
  const watcher = await watch('backup-repository');
  const healthy = await watcher.run();
  expect(healthy.rows).toMatchObject([{ repository: '1', stopped: 0 }]);
  expect(healthy.findings).toEqual([]);

  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
  const problem = 'Repository 1 cannot be decrypted.';
  await stanza.look({ lookedAt: ago(400), problem, next: 'Enter the pass.', problemSince: ago(400) });
  expect((await watcher.run()).findings).toMatchObject([
    {
      level: 'warn',
      object: '1',
      sentence: expect.stringMatching(/was last read 6 min .* cannot be decrypted[.] Enter the pass[.]$/),
    },
  ]);
  await stanza.look({ lookedAt: null });
  expect((await watcher.run()).findings).toMatchObject([
    { level: 'unknown', mend: expect.stringContaining('PLUMBLINE_HOSTS') },
  ]);
  await stanza.look({ lookedAt: ago(0), problem: null, next: null, problemSince: null });
  expect((await watcher.run()).findings).toEqual([]);

  await stanza.stanzaLook({ stopFile: '/tmp/pgbackrest/main.stop' });
  expect((await watcher.run()).findings).toMatchObject([
    { level: 'crit', sentence: expect.stringContaining('/tmp/pgbackrest/main.stop') },
  ]);
  await stanza.stanzaLook({});
  expect((await watcher.run()).findings).toEqual([]);
  await watcher.close();
  await host.close();
});
