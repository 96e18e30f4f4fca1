import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { recoveryHost } from '@/lib/testing/stored-stanza';

test('backup-state: unknown without a backup, silent with a good one; damaged, gone and old ones are named', async () => {
  const { host, stanza, watch } = await recoveryHost();
  const watcher = await watch('backup-state');
  const db = host.console.ownerDb;
  expect((await watcher.run()).findings).toMatchObject([
    {
      level: 'unknown',
      sentence: expect.stringContaining('no backup of this cluster was ever made or found here'),
      mend: expect.stringContaining('mute this if another tool'),
    },
  ]);
  // Just registered by its run: whether its WAL is there shows at the next look, and until then nothing is wrong.
  const looked = (secondsAgo: number) =>
    stanza.look({ lookedAt: new Date(Date.now() - secondsAgo * 1000).toISOString() });
  await looked(600);
  const fresh = await stanza.addSet({ first: 99 });
  expect((await watcher.run()).findings.filter(({ level }) => level === 'crit')).toEqual([]);
  await looked(0);
  expect((await watcher.run()).findings).toMatchObject([{ judged: 'usable', level: 'crit' }]);
  await sql`delete from backups where id = ${fresh.id}`.execute(db);

  await stanza.archive([1, 100]);
  const full = await stanza.addSet({ first: 5 });
  const healthy = await watcher.run();
  expect(healthy.rows).toMatchObject([{ known: 1, usable: 1, damaged: 0 }]);
  expect(healthy.findings).toEqual([]);

  // A backup of damaged pages ends with success all the same (F11).
  const damaged = await stanza.addSet({ first: 90, hasErrors: true });
  expect((await watcher.run()).findings).toMatchObject([
    { judged: 'damaged', level: 'crit', sentence: expect.stringContaining(damaged.label) },
  ]);
  await stanza.addSet({ first: 95, method: 'diff', dependsOn: [full.label] });
  expect((await watcher.run()).findings).toEqual([]);

  const shift = (days: number) =>
    sql`update backups set finished_at = finished_at - make_interval(days => ${days})`.execute(db);
  await shift(8);
  expect((await watcher.run()).findings.map(({ judged, level }) => [judged, level])).toEqual([
    ['newest_age_seconds', 'crit'],
    ['full_age_seconds', 'warn'],
  ]);
  await shift(-8);
  expect((await watcher.run()).findings).toEqual([]);

  // The base expired outside: the increment on it is no backup any more (F27).
  await sql`update backups set state = 'gone' where id = ${full.id}`.execute(db);
  expect((await watcher.run()).findings).toMatchObject([
    {
      judged: 'usable',
      level: 'crit',
      sentence: expect.stringMatching(/^None of the 3 backups of .* gone, damaged/),
    },
  ]);
  await sql`update backups set state = 'ready' where id = ${full.id}`.execute(db);
  expect((await watcher.run()).findings).toEqual([]);
  await watcher.close();
  await host.close();
});
