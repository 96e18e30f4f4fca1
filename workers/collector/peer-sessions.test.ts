import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';
import { PeerSessions, whyUnasked } from '@/workers/collector/peer-sessions';

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

test('all who ask share one session with a server; one that broke is made anew; a dead server is not asked by each', async () => {
  let connects = 0;
  const peers = new PeerSessions(() => {
    connects += 1;
    return openSession(server);
  });
  const pidOf = () => peers.use('one', async (session) => session.backendPid);
  const [first, second, third] = await Promise.all([pidOf(), pidOf(), pidOf()]);
  expect([second, third]).toEqual([first, first]);
  expect(connects).toBe(1);

  const superuser = await openSession(server);
  await superuser.query('select pg_terminate_backend($1)', [first]);
  const isGone = async () =>
    (await superuser.query('select from pg_stat_activity where pid = $1', [first])).length === 0;
  await until(isGone, 'the session is ended');
  const ask = () => peers.use('one', (session) => session.query('select 1::int4 as n'));
  expect(await ask()).toEqual([{ n: 1 }]);
  expect(connects).toBe(2);
  // An answer that the server refuses is no reason to leave it.
  await expect(peers.use('one', (session) => session.query('select 1 / 0'))).rejects.toThrow(
    'division by zero',
  );
  expect(await ask()).toEqual([{ n: 1 }]);
  expect(connects).toBe(2);

  await superuser.close();
  await server.kill();
  const refused = await Promise.allSettled([ask(), ask(), ask()]);
  expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(connects).toBe(3);
  const [why] = refused;
  expect(whyUnasked('first', why?.status === 'rejected' ? why.reason : '')).toMatch(
    /^first could not be asked: /,
  );
  await peers.stop();
  await expect(ask()).rejects.toThrow('stopping');
});
