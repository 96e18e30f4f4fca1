import { expect, test } from 'vitest';
import cutOver from '@/lib/jobs/cut-over';
import undoCutOver from '@/lib/jobs/undo-cut-over';

// What it does is proven together with what it undoes, on one pair of servers: see the test of the cut-over.
test('the way back asks as much of people as the way there, and cannot be cancelled once its server starts', () => {
  for (const kind of [cutOver, undoCutOver]) {
    expect(kind).toMatchObject({ risk: 'high', permission: 'restore', twoPeople: true, where: 'host' });
    const lines = kind.steps.filter((step) => step.pointOfNoReturn).map(({ name }) => name);
    expect(lines).toEqual(['start']);
  }
  const { undo } = cutOver;
  expect('job' in undo && undo.label).toBe('Put the old server back');
});
