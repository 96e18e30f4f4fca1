import { expect, test } from 'vitest';
import { makeWatchLogin, openSession, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres, startStandby } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

test('recovery-conflicts: silent, then replay ends five queries, then silent', async () => {
  const primary = await startPostgres();
  await makeWatchLogin(primary);
  await sqlOn(primary, 'postgres', 'create table gone as select n from generate_series(1, 1000) as n');
  const standby = await startStandby(primary, { config: { max_standby_streaming_delay: '10ms' } });
  const watcher = await watchWith('recovery-conflicts', standby);
  await watcher.run();
  expect((await watcher.run({ afterSeconds: 60 })).findings).toEqual([]);

  const readers = await Promise.all(Array.from({ length: 5 }, () => openSession(standby)));
  for (const reader of readers) {
    await reader.query('begin isolation level repeatable read');
    await reader.query('select count(*) from public.gone');
  }
  await sqlOn(primary, 'postgres', 'delete from gone', 'vacuum gone');
  await until(() => readers.every((reader) => !reader.isOpen()), 'all readers are ended');
  const sick = await runUntil(watcher, ({ findings }) => findings.length > 0, 'the conflicts are counted');
  expect(sick.findings).toMatchObject([{ object: 'postgres', judged: 'conflicts', level: 'warn' }]);
  expect(sick.findings[0]?.sentence).toContain('queries in postgres on the standby db1 were ended');

  expect((await watcher.run({ afterSeconds: 60 })).findings).toEqual([]);
  await watcher.close();
  await standby.stop();
  await primary.stop();
});
