import { expect, test } from 'vitest';
import undoRescue from '@/lib/jobs/undo-table-rescue';

// Planned and run against what a rescue made: rescue-table.test.ts.
test('it is done once or a person decides: a repeat could take back what was written since', () => {
  expect(undoRescue.steps.map(({ safety, pointOfNoReturn }) => [safety, pointOfNoReturn])).toEqual([
    ['once', true],
  ]);
});
