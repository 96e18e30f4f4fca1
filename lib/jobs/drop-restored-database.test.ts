import { expect, test } from 'vitest';
import dropRestored from '@/lib/jobs/drop-restored-database';

// Planned, refused and run against real databases where these are made: restore-database.test.ts, swap-database.test.ts.
test('one person may drop a spare that nobody uses, and it cannot be cancelled half-way', () => {
  expect(dropRestored).toMatchObject({ risk: 'high', permission: 'restore-beside' });
  expect('twoPeople' in dropRestored).toBe(false);
  expect(dropRestored.steps.at(-1)?.pointOfNoReturn).toBe(true);
});
