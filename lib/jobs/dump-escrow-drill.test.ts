import { expect, test } from 'vitest';
import dumpEscrowDrill from '@/lib/jobs/dump-escrow-drill';

// Against a real storage and a real worker, with the console's own key gone: upload-backup.test.ts.
test('it needs no server, offers what lies in storages, and takes the key typed', () => {
  expect(dumpEscrowDrill).toMatchObject({
    needsServer: false,
    choices: {
      backupId: { from: 'uploads' },
      keptKey: { from: 'typed-copy', of: 'dump-key', by: 'backupId' },
    },
  });
  expect(dumpEscrowDrill.schedulable).toBeUndefined();
});
