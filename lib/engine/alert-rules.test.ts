import { expect, test } from 'vitest';
import type { AlertLine } from '@/lib/contract/alerts';
import type { ChannelRules } from '@/lib/contract/channels';
import { isWithin, linesAtMost, messageOfAlerts, type Tellable, wordNow } from '@/lib/engine/alert-rules';
import { messageHtml, messageText } from '@/lib/engine/alert-text';

const at = (clock: string) => new Date(`2026-11-21T${clock}:00Z`);
const rules: ChannelRules = {
  subjects: ['backup', 'approval'],
  level: 'warn',
  clusterIds: [],
  resolved: true,
  quiet: null,
  perHour: 6,
};
const alert: Tellable = { subject: 'backup', level: 'warn', phase: 'opened', clusterId: 'c' };
const say = (change: Partial<Tellable>, rule: Partial<ChannelRules> = {}, clock = '12:00') =>
  wordNow({ ...alert, ...change }, { ...rules, ...rule }, at(clock));

test('a rule chooses by subject, level and cluster; broken glass goes by none', () => {
  expect(say({})).toBe('now');
  expect(say({ subject: 'drill' })).toBe('never');
  expect(say({}, { level: 'crit' })).toBe('never');
  expect(say({ level: 'crit' }, { level: 'crit' })).toBe('now');
  expect(say({}, { clusterIds: ['d'] })).toBe('never');
  expect(say({}, { clusterIds: ['c'] })).toBe('now');
  expect(say({ phase: 'resolved' }, { resolved: false })).toBe('never');
  expect(say({ subject: 'approval', phase: 'resolved' })).toBe('never');
  expect(say({ subject: 'break-glass' }, { subjects: ['drill'], clusterIds: ['d'], level: 'crit' })).toBe(
    'now',
  );
});

test('quiet hours hold back over midnight, in their own zone; critical ones only when told', () => {
  const quiet = { from: '22:00', to: '07:00', zone: 'Europe/Vienna', exceptCrit: true };
  expect(say({}, { quiet }, '20:59')).toBe('now');
  expect(say({}, { quiet }, '21:00')).toBe('later');
  expect(say({}, { quiet }, '05:59')).toBe('later');
  expect(say({}, { quiet }, '06:00')).toBe('now');
  expect(say({ level: 'crit' }, { quiet }, '21:00')).toBe('now');
  expect(say({ level: 'crit' }, { quiet: { ...quiet, exceptCrit: false } }, '21:00')).toBe('later');
  expect(say({ subject: 'break-glass' }, { quiet }, '21:00')).toBe('now');
  expect(isWithin({ from: '09:00', to: '17:00', zone: 'UTC' }, at('17:00'))).toBe(false);
});

const line = (change: Partial<AlertLine>): AlertLine => ({
  id: 'a',
  phase: 'opened',
  subject: 'backup',
  level: 'crit',
  cluster: 'shop',
  title: 'Backup failed',
  sentence: 'No space.',
  next: null,
  url: 'https://console.example/runs/1',
  openedAt: '2026-11-21T12:00:00Z',
  closedAt: null,
  ...change,
});

test('many alerts are one message: worst first, what is over last, and no longer than somebody reads', () => {
  const one = messageOfAlerts([line({})], 'https://console.example');
  expect(one.title).toBe('Critical: Backup failed on shop');
  const some = [line({ phase: 'resolved' }), line({ level: 'warn', cluster: 'b' }), line({})];
  const message = messageOfAlerts(some, 'https://console.example');
  expect(message.title).toBe('1 critical, 1 warning, 1 resolved on shop, b');
  expect(message.lines.map(({ phase, level }) => `${phase} ${level}`)).toEqual([
    'opened crit',
    'opened warn',
    'resolved crit',
  ]);
  const storm = messageOfAlerts(
    Array.from({ length: 300 }, () => line({})),
    'https://console.example',
  );
  expect([storm.lines.length, storm.more]).toEqual([linesAtMost, 300 - linesAtMost]);
});

test('names of watched servers are neither markup nor lines of their own', () => {
  const cluster = '<img src=x onerror=alert(1)>\r\nCRITICAL: all is well\u202e';
  const message = messageOfAlerts([line({ cluster, sentence: `"${cluster}"` })], 'https://console.example');
  const html = messageHtml(message);
  expect(html).not.toMatch(/<img|\u202e|[\r\n]/);
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
  const text = messageText(message);
  expect(text.split('\n').filter((row) => row.startsWith('CRITICAL'))).toHaveLength(1);
  expect(text).not.toMatch(/\r|\u202e/);
});
