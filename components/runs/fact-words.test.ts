import { expect, test } from 'vitest';
import { factLabel, factOrder, factText } from '@/components/runs/fact-words';
import { inputWords } from '@/components/runs/input-words';

test('what a drill measured is read before sizes, names and identifiers, whatever order the store kept', () => {
  const stored = {
    bytes: 113,
    label: '20261121-201240F',
    backupId: '01a1ffbd-4b73-731e-9965-66ee8241a136',
    resumed: null,
    rpoSeconds: 0.5,
    rtoNote: 'The machine’s part: fetch, write, replay, promote, one after the other.',
    segments: 8,
    totalSeconds: 30,
    rtoSeconds: 21,
  };
  expect(factOrder(Object.entries(stored)).map(([key]) => key)).toEqual([
    'rpoSeconds',
    'rtoSeconds',
    'totalSeconds',
    'bytes',
    'segments',
    'label',
    'rtoNote',
    'backupId',
    'resumed',
  ]);
  expect(factLabel('bytes')).toBe('Size');
});

test('an input is called as its form calls it, in the form’s order', () => {
  const schema = {
    properties: {
      type: { title: 'Kind of backup', type: 'string' },
      waitMinutes: { title: 'Wait for others at most (minutes)', type: 'integer' },
    },
  };
  expect(inputWords({ formerField: 1, waitMinutes: 60, type: 'full' }, schema)).toEqual([
    ['Kind of backup', 'full'],
    ['Wait for others at most (minutes)', '60'],
    ['Former field', '1'],
  ]);
});

test('a port or an identifier keeps its digits together; a count does not', () => {
  expect(factText('newPort', 15500)).toBe('15500');
  expect(factText('pid', 123456)).toBe('123456');
  expect(factText('report', 15500)).toBe(factText('rows', 15500));
  expect(factText('rows', 15500)).not.toBe('15500');
});
