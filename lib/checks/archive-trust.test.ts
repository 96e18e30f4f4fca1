import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { archiveDoubts, doubtsOfCommand } from '@/lib/checks/archive-trust';
import { setObjectives } from '@/lib/store/objectives';
import { makeWatchLogin, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { addWatched } from '@/lib/testing/collecting';
import { startPostgres, startStandby } from '@/lib/testing/postgres';
import { recoveryHost } from '@/lib/testing/stored-stanza';
import { until } from '@/lib/testing/until';

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

test('archive-trust: after a failover the stanza gets nothing of the new primary until archiving is set up there', async () => {
  const { host, stanza } = await recoveryHost();
  const { console, server, instanceId, clusterId } = host;
  /** What a run of the set-up writes down. */
  const setUpFor = ({ dataDir }: { dataDir: string }, id: string) =>
    sql`update stanzas set instance_id = ${id}, data_directory = ${dataDir}`.execute(console.ownerDb);
  const push = (configured: string) =>
    `pgbackrest --config=/etc/${stanza.stanzaId}.conf --stanza=${configured} archive-push %p`;
  await server.restart({ archive_mode: 'on', archive_command: push('main'), archive_timeout: '60s' });
  await setUpFor(server, instanceId);
  const before = await host.watch('archive-trust');
  expect((await before.run()).findings).toEqual([]);

  const standby = await startStandby(server, { config: { archive_command: '' } });
  const { instanceId: newPrimary } = await addWatched(console, standby, { clusterId, name: 'db2' });
  await before.close();
  await server.shutDown();
  await sqlOn(standby, 'postgres', 'select pg_promote()');
  const source = { deps: host.deps, instanceId: newPrimary };
  const watcher = await watchWith('archive-trust', standby, { source });
  const sick = await watcher.run();
  expect(sick.findings).toMatchObject([
    {
      object: 'The stanza main gets no WAL of this server',
      level: 'crit',
      sentence: expect.stringMatching(
        /there is no archive_command\. It was set up for .*Set up archiving on this server/,
      ),
      row: { mended_by: 'set up archiving' },
    },
  ]);

  // The former primary's command, copied: the stanza is another server's still, and its configuration of other files.
  const set = async (command: string) => {
    await sqlOn(
      standby,
      'postgres',
      `alter system set archive_command = '${command}'`,
      'select pg_reload_conf()',
    );
    await until(async () => (await watcher.run()).rows.every((row) => row.command === command), 'it is read');
    return watcher.run();
  };
  expect((await set(push('main'))).findings).toMatchObject([
    { object: 'The stanza main is configured for another data directory', level: 'crit' },
  ]);
  await sql`update stanzas set data_directory = ${standby.dataDir}`.execute(console.ownerDb);
  expect((await watcher.run()).findings).toMatchObject([
    { object: 'The stanza main was set up for another server', level: 'warn' },
  ]);
  expect((await set(push('other'))).findings).toMatchObject([
    {
      object: 'The stanza main gets no WAL of this server',
      sentence: expect.stringContaining('names the stanza other'),
    },
  ]);
  await set(push('main'));
  await setUpFor(standby, newPrimary);
  expect((await watcher.run()).findings).toEqual([]);

  // One judge of the delay: the cluster's own objective.
  await setObjectives(console.webDb, clusterId, { rtoSeconds: 900, rpoSeconds: 30 });
  expect((await watcher.run()).findings).toMatchObject([
    {
      object: 'A segment may wait too long',
      sentence: expect.stringContaining('archive_timeout is 1 min. Set it to 30 s'),
    },
  ]);
  await setObjectives(console.webDb, clusterId, { rtoSeconds: 900, rpoSeconds: 60 });
  expect((await watcher.run()).findings).toEqual([]);
  await watcher.close();
  await standby.stop();
  await host.close();
});

test('an adopted stanza: the command of its owner is believed unless it feeds another or nothing', () => {
  const row = { mode: 'on', library: null, timeout_seconds: 60, stanza: 'main', is_generated: false };
  expect(archiveDoubts({ ...row, command: '/opt/push-wal %p' })).toEqual([]);
  expect(archiveDoubts({ ...row, command: 'pgbackrest --stanza=other archive-push %p' })).toMatchObject([
    { doubt: 'The stanza main gets no WAL of this server', severity: 2, mended_by: null },
  ]);
  expect(archiveDoubts({ ...row, mode: 'off', command: '(disabled)' })).toMatchObject([{ severity: 2 }]);
});

test('without a cluster archive_timeout is judged against five minutes; without archiving that is said, not judged', () => {
  const row = { mode: 'on', command: good, library: null, timeout_seconds: 0 };
  expect(archiveDoubts(row)).toMatchObject([{ doubt: 'A segment may wait too long', severity: 1 }]);
  expect(archiveDoubts({ ...row, timeout_seconds: 900 })).toHaveLength(1);
  expect(archiveDoubts({ ...row, timeout_seconds: 300 })).toEqual([]);
  expect(archiveDoubts({ ...row, command: '', library: 'basic_archive', timeout_seconds: 60 })).toEqual([]);
  expect(archiveDoubts({ ...row, mode: 'off', command: '' })).toMatchObject([
    { doubt: 'Nothing is archived', severity: null },
  ]);
});
