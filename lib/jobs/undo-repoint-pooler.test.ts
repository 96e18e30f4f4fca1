import { expect, test } from 'vitest';
import repointPooler from '@/lib/jobs/repoint-pooler';
import undoRepointPooler from '@/lib/jobs/undo-repoint-pooler';

// What it does is proven together with what it undoes, on one pair of servers: see the test of the way there.
test('the way back asks as much of people as the way there, and has a point of no return', () => {
  for (const kind of [repointPooler, undoRepointPooler]) {
    expect(kind).toMatchObject({ risk: 'high', permission: 'restore', twoPeople: true, where: 'host' });
    expect(kind.steps.filter((step) => step.pointOfNoReturn)).toHaveLength(1);
  }
  expect('job' in repointPooler.undo && repointPooler.undo.job).toBe('undo-repoint-pooler');
  expect(undoRepointPooler.next?.job).toBe('physical-backup');
});
