import { expect, test } from 'vitest';
import { cellValue } from '@/components/scorecard/words';

test('a count says what is counted, so that none of it reads as good', () => {
  const criterion = {
    unit: 'count' as const,
    counted: { one: 'login without TLS', many: 'logins without TLS' },
  };
  expect(cellValue(criterion, { value: 0 })).toBe('0 logins without TLS');
  expect(cellValue(criterion, { value: 1 })).toBe('1 login without TLS');
  expect(cellValue({ unit: 'seconds', counted: null }, { value: 60 })).toBe('1 min');
  expect(cellValue(criterion, { value: null })).toBe('');
});
