import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

/** Forced checkpoints, each with something to write. */
async function force(times: number): Promise<void> {
  const each = ['create table filler (n int)', 'checkpoint', 'drop table filler', 'checkpoint'];
  for (let at = 0; at < times; at += 2) await sqlOn(server, 'postgres', ...each);
}

test('silent with one checkpoint now and then, fires on one after the other, silent when they end', async () => {
  const watch = await watchWith('checkpoints', server);
  await watch.run();
  await sqlOn(server, 'postgres', 'checkpoint');
  expect((await watch.run({ afterSeconds: 60 })).findings).toEqual([]);

  await force(6);
  await watch.run({ afterSeconds: 60 });
  await force(6);
  const sick = await watch.run({ afterSeconds: 300 });
  expect(sick.findings).toMatchObject([{ object: 'db1', judged: 'requested', level: 'crit' }]);
  expect(sick.findings[0]?.sentence).toContain(
    '6 checkpoints came before their time in the last minute on db1',
  );

  await watch.run({ afterSeconds: 60 });
  expect((await watch.run({ afterSeconds: 60 })).findings).toEqual([]);
  await watch.close();
});
