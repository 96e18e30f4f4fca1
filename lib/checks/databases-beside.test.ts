import { expect, test } from 'vitest';
import { withMark } from '@/lib/procedures/database-beside-mark';
import { commentStatement } from '@/lib/procedures/database-carry-over';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('databases-beside: silent, then one whose time is over is found, forged marks are not, then it is dropped', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  const watcher = await watchWith('databases-beside', server);
  expect((await watcher.run()).findings).toEqual([]);

  const mark = { of: 'shop', made: 'restored', moment: null, run: 'r', until: null, errors: 2 } as const;
  await sqlOn(
    server,
    'postgres',
    'create database "sp<a>re"',
    'create database forged',
    commentStatement(
      'sp<a>re',
      withMark('mine', { ...mark, until: new Date(Date.now() + 60_000).toISOString() }),
    ),
    `comment on database forged is '[plumbline {"of":"x","until":"no time"}]'`,
  );
  const young = await watcher.run();
  expect(young.findings).toEqual([]);
  expect(young.rows).toMatchObject([{ restored: 'sp<a>re', database: 'shop', made: 'restored', errors: 2 }]);

  const until = new Date(Date.now() - 3 * 86_400_000).toISOString();
  await sqlOn(server, 'postgres', commentStatement('sp<a>re', withMark(null, { ...mark, until })));
  const old = await watcher.run();
  expect(old.findings).toMatchObject([{ object: 'sp<a>re', level: 'warn' }]);
  expect(old.findings[0]?.sentence).toContain(`was to be kept until ${until}`);

  await sqlOn(server, 'postgres', 'drop database "sp<a>re"');
  expect((await watcher.run()).findings).toEqual([]);
  await watcher.close();
  await server.stop();
});
