import { expect, test } from 'vitest';
import queryCopy from '@/lib/jobs/query-copy';

// Run against a real copy beside a real server: compare-copy.test.ts.
test('asking needs the right to see people’s rows, and no live server', () => {
  expect(queryCopy).toMatchObject({ risk: 'read', needsServer: false, permission: 'statement-literals' });
});
