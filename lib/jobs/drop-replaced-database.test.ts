import { expect, test } from 'vitest';
import dropReplaced from '@/lib/jobs/drop-replaced-database';

// Planned, refused and run against real databases where these are made: swap-database.test.ts.
test('the way back of a swap is taken away by two people, and it cannot be cancelled half-way', () => {
  expect(dropReplaced).toMatchObject({ risk: 'high', permission: 'restore', twoPeople: true });
  expect(dropReplaced.steps.at(-1)?.pointOfNoReturn).toBe(true);
});
