import { expect, test } from 'vitest';
import { archiveDoubts, doubtsOfCommand } from '@/lib/checks/archive-trust';
import { makeWatchLogin, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

const good = 'test ! -f /archive/%f && cp %p /archive/%f';

test('archive-trust: silent, then a command that stores nothing, then a good one', async () => {
  const server = await startPostgres({
    config: { archive_mode: 'on', archive_command: good, archive_timeout: '60s' },
  });
  await makeWatchLogin(server);
  const watcher = await watchWith('archive-trust', server);
  expect((await watcher.run()).findings).toEqual([]);

  const set = (command: string) => [
    `alter system set archive_command = '${command}'`,
    'select pg_reload_conf()',
  ];
  await sqlOn(server, 'postgres', ...set('/bin/true'));
  const sick = await runUntil(watcher, ({ findings }) => findings.length > 0, 'the new command is read');
  expect(sick.findings).toMatchObject([{ object: 'It stores nothing and says that it did', level: 'crit' }]);

  await sqlOn(server, 'postgres', ...set(good));
  await runUntil(watcher, ({ findings }) => findings.length === 0, 'the good command is read');
  await watcher.close();
  await server.stop();
});

test.each([
  ['', 'There is no archive_command'],
  ['true', 'It stores nothing and says that it did'],
  ['/usr/bin/true', 'It stores nothing and says that it did'],
  ['exit 0', 'It stores nothing and says that it did'],
  ['echo %p', 'It stores nothing and says that it did'],
  ['test ! -f /a/%f && cp %p /a/%f || true', 'It hides its own failure'],
  ['/opt/push %p; exit 0', 'It hides its own failure'],
  ['rsync %p backup:/wal/%f &', 'It does not wait for its end'],
  ['/opt/push %p ; date > /opt/last', 'Only its last part counts'],
  ['gzip < %p | ssh backup "cat > /wal/%f"', 'Only the end of its pipe counts'],
  ['cat %p > /dev/null', 'It stores to /dev/null'],
  ['test ! -f /tmp/wal/%f && cp %p /tmp/wal/%f', 'It stores under /tmp'],
  ['/opt/push', 'It does not name the segment'],
  ['cp %p /archive/%f', 'It may overwrite a segment'],
])('%j: %s', (command, doubt) => {
  expect(doubtsOfCommand(command).map((each) => each.doubt)).toEqual([doubt]);
});

test.each([
  good,
  'pgbackrest --stanza=main archive-push %p',
  'test ! -f "/a/%f.gz" && gzip -c "%p" > "/a/%f.part" && mv "/a/%f.part" "/a/%f.gz"',
  'envdir /etc/wal-g.d/env wal-g wal-push "%p"',
  'barman-wal-archive backup main %p',
  'rsync -a --ignore-existing %p backup:/wal/%f 2>/dev/null',
  'bash -c "set -o pipefail; gzip < %p | ssh backup \'cat > /wal/%f\'"',
])('%j is believed', (command) => {
  expect(doubtsOfCommand(command)).toEqual([]);
});

test('archive_timeout is judged against five minutes; without archiving that is said, not judged', () => {
  const row = { mode: 'on', command: good, library: null, timeout_seconds: 0 };
  expect(archiveDoubts(row)).toMatchObject([{ doubt: 'A segment may wait too long', severity: 1 }]);
  expect(archiveDoubts({ ...row, timeout_seconds: 900 })).toHaveLength(1);
  expect(archiveDoubts({ ...row, timeout_seconds: 300 })).toEqual([]);
  expect(archiveDoubts({ ...row, command: '', library: 'basic_archive', timeout_seconds: 60 })).toEqual([]);
  expect(archiveDoubts({ ...row, mode: 'off', command: '' })).toMatchObject([
    { doubt: 'Nothing is archived', severity: null },
  ]);
});
