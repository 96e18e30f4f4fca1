import { expect, test } from 'vitest';
import { sqlStateSentence } from '@/lib/engine/sql-states';

test('each state has a sentence by its class, an unknown one too', () => {
  expect(sqlStateSentence('22P02')).toBe(
    'It could not be run: a value that it reads or computes does not fit its type or its limits (SQLSTATE 22P02).',
  );
  expect(sqlStateSentence('42P01')).toContain('names what is not there');
  expect(sqlStateSentence('ZZ001')).toBe('It could not be run: the server refused it (SQLSTATE ZZ001).');
});
