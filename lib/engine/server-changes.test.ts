import { expect, test } from 'vitest';
import { compareServer, type ReadSetting, type ServerReading } from '@/lib/engine/server-changes';

const setting = (name: string, value: string, more: Partial<ReadSetting> = {}): ReadSetting => ({
  ...{ name, value, boot: '4096', unit: 'kB', source: 'postgresql.conf', pending: false },
  ...more,
});
const reading = (more: Partial<ServerReading> = {}): ServerReading => ({
  now: '2026-01-01T10:00:00Z',
  startedAt: '2026-01-01T09:00:00Z',
  processesAt: '2026-01-01T09:00:00Z',
  loadedAt: '2026-01-01T09:00:00Z',
  role: 'primary',
  timeline: 1,
  version: '15.5',
  databases: { postgres: '5' },
  settings: [setting('work_mem', '4096')],
  scoped: {},
  ...more,
});
const told = (before: Partial<ServerReading>, after: Partial<ServerReading>) => {
  const first = compareServer(undefined, reading(before), 'salt');
  expect(first.changes).toEqual([]);
  return compareServer(first.snapshot, reading({ ...before, ...after }), 'salt').changes;
};
const sentences = (...args: Parameters<typeof told>) => told(...args).map(({ sentence }) => sentence);

test('nothing is told of nothing, also when the configuration was not read again', () => {
  expect(told({}, {})).toEqual([]);
  expect(told({ settings: [setting('work_mem', '64')] }, { settings: null, processesAt: null })).toEqual([]);
});

test('a setting is told with its values and the moment that the configuration was read', () => {
  const loadedAt = '2026-01-01T10:00:30Z';
  expect(told({}, { loadedAt, settings: [setting('work_mem', '65536')] })).toEqual([
    {
      kind: 'setting',
      at: loadedAt,
      database: '',
      object: 'work_mem',
      sentence: 'work_mem was changed from 4MB to 64MB.',
      details: { before: '4MB', after: '64MB', source: 'postgresql.conf' },
    },
  ]);
  const changed = [setting('work_mem', '65536')];
  expect(
    sentences({ settings: changed }, { settings: [setting('work_mem', '4096', { source: 'default' })] }),
  ).toEqual(['work_mem was changed from 64MB to 4MB.']);
  expect(sentences({}, { settings: [setting('work_mem', '4096', { pending: true })] })).toEqual([
    'work_mem was changed in the configuration and waits for a restart (now: 4MB).',
  ]);
});

test('what is this session’s own is not the server’s, and does not hide what the server had', () => {
  const own = setting('work_mem', '1', { source: 'session' });
  const first = compareServer(undefined, reading({ settings: [setting('work_mem', '65536')] }), 's').snapshot;
  const second = compareServer(first, reading({ settings: [own] }), 's');
  expect(second.changes).toEqual([]);
  const third = compareServer(second.snapshot, reading({ settings: [setting('work_mem', '131072')] }), 's');
  expect(third.changes.map(({ sentence }) => sentence)).toEqual(['work_mem was changed from 64MB to 128MB.']);
});

test('a password that changes is told without the password', () => {
  const conninfo = (password: string) =>
    setting('primary_conninfo', `host=a password=${password}`, { boot: '', unit: null });
  const changes = told({ settings: [conninfo('one')] }, { settings: [conninfo('two')] });
  expect(changes[0]?.sentence).toBe(
    'primary_conninfo was changed: a hidden part of host=a password=(hidden).',
  );
  expect(JSON.stringify(changes)).not.toMatch(/one|two/);
});

test('restarts, upgrades and crashes are told apart', () => {
  const startedAt = '2026-01-01T11:00:00.123456Z';
  expect(told({}, { startedAt, processesAt: startedAt })).toMatchObject([
    { kind: 'restart', at: startedAt, sentence: 'The server was restarted.' },
  ]);
  expect(sentences({}, { startedAt, version: '15.6' })).toEqual([
    'The server was restarted as PostgreSQL 15.6 (before: 15.5).',
  ]);
  expect(told({}, { processesAt: startedAt })).toMatchObject([
    { kind: 'restart', at: startedAt, sentence: expect.stringContaining('crashed') },
  ]);
});

test('roles and timelines are told', () => {
  expect(sentences({ role: 'standby' }, { role: 'primary', timeline: 2 })).toEqual([
    'The standby was promoted: it is the primary now, on timeline 2 (before: 1).',
  ]);
  expect(sentences({}, { role: 'standby', timeline: 2 })[0]).toContain('has become a standby');
  expect(sentences({ role: 'standby' }, { timeline: 3 })).toEqual([
    'The standby follows timeline 3 now (before: 1).',
  ]);
});

test('settings of roles and databases that come and go are told by the primary alone', () => {
  const scoped = { 'role app in database shop': { work_mem: '64MB', 'app.key': 'hunter2' } };
  expect(sentences({}, { scoped })).toEqual([
    'work_mem for role app in database shop was changed from not set to 64MB.',
    'app.key for role app in database shop was changed from not set to (hidden).',
  ]);
  expect(sentences({ role: 'standby' }, { scoped })).toEqual([]);
  const databases = { postgres: '5', constructor: '6', shop: '7' };
  expect(sentences({}, { databases })).toEqual([
    'Database constructor was created.',
    'Database shop was created.',
  ]);
  expect(sentences({ databases }, { databases: { postgres: '5', store: '7', constructor: '8' } })).toEqual([
    'Database shop was renamed to store.',
    'Database constructor was dropped and created again.',
  ]);
  expect(sentences({ databases }, { databases: { postgres: '5', shop: '7' } })).toEqual([
    'Database constructor was dropped.',
  ]);
});
