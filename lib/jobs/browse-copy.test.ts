import { expect, test } from 'vitest';
import browseCopy from '@/lib/jobs/browse-copy';

// Run against a real copy beside a real server: compare-copy.test.ts.
test('looking needs no live server: it may be the one that is gone', () => {
  expect(browseCopy).toMatchObject({ risk: 'read', needsServer: false, permission: 'restore-beside' });
});
