import { expect, test } from 'vitest';
import { cronProblem, cronWords } from '@/lib/base/cron-words';

test.each([
  ['30 2 * * *', 'at 02:30, every day'],
  ['0 2,14 * * 1-5', 'at 02:00 and 14:00, from Monday to Friday'],
  ['15 4 * * 0', 'at 04:15, every Sunday'],
  ['15 4 * * 7', 'at 04:15, every Sunday'],
  ['0 3 * * 1,3', 'at 03:00, every Monday and Wednesday'],
  ['0 3 1 * *', 'at 03:00, on day 1 of every month'],
  ['0 3 1,15 * *', 'at 03:00, on days 1 and 15 of every month'],
  ['0 3 1 1,7 *', 'at 03:00, on day 1 of January and July'],
  ['*/15 * * * *', 'every 15 minutes'],
  ['5 * * * *', 'every hour at minute 5'],
  ['0 */6 * * *', 'every 6 hours at minute 0'],
  ['* * * * *', 'every minute'],
])('%s is %s', (cron, words) => {
  expect(cronWords(cron)).toBe(words);
});

test('what words would not make plainer has none, and neither has nonsense', () => {
  for (const cron of ['0 3 1 * 1', '0-10/2 3 * * *', '', '0 3 * *', '0 0 3 * * *', '0 3 L * *']) {
    expect(cronWords(cron)).toBeUndefined();
  }
});

test('a line with more or fewer than five fields is named before the server is asked', () => {
  expect(cronProblem(' 0 3 * *  1 ')).toBeUndefined();
  for (const cron of ['', '0 3 * *', '0 0 3 * * *']) expect(cronProblem(cron)).toContain('five fields');
});
