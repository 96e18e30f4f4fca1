import { expect, test } from 'vitest';
import { startStanza } from '@/lib/testing/stanza';

test('a stanza of a test archives, backs up and tells of it, encrypted and in two repositories', async () => {
  const stanza = await startStanza({ repositories: 2, cipher: true });
  try {
    const segment = await stanza.archiveNow();
    const label = await stanza.backup('full', { annotation: 'run=one' });
    const info = await stanza.info();
    expect(info.backup.map((backup) => [backup.label, backup.type])).toEqual([[label, 'full']]);
    expect(info.backup[0]?.annotation).toEqual({ run: 'one' });
    expect(info.archive[0]?.max && info.archive[0].max >= segment).toBe(true);
    expect(info.db[0]?.['system-id']).toMatch(/^\d{19}$/);
  } finally {
    await stanza.stop();
  }
}, 60_000);
