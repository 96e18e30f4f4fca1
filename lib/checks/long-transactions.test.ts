import { afterAll, beforeAll, expect, it } from 'vitest';
import { judge } from '@/lib/engine/judge';
import { checkOf, makeWatchLogin, openSession, watchWith } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

it('lists a transaction that stays open, with its user and statement, and no other', async () => {
  const watch = await watchWith('long-transactions', server);
  expect((await watch.run()).rows).toEqual([]);

  const idle = await openSession(server);
  const other = await openSession(server);
  await idle.query('begin');
  await idle.query("select '<img src=x>'");
  let listed: Record<string, unknown> | undefined;
  await until(async () => {
    const { rows } = await watch.run();
    expect(rows.every(({ pid }) => pid !== String(other.backendPid))).toBe(true);
    listed = rows.find(({ pid }) => pid === String(idle.backendPid));
    return listed !== undefined;
  }, 'the open transaction is listed');
  expect(listed).toMatchObject({
    username: 'postgres',
    state: 'idle in transaction',
    query: "select '<img src=x>'",
  });
  expect(listed?.idle_seconds).toBeGreaterThanOrEqual(4);

  await idle.query('rollback');
  expect((await watch.run()).rows).toEqual([]);
  await Promise.all([idle.close(), other.close(), watch.close()]);
});

it.each([
  { idle: 299, open: 299, expected: [] },
  { idle: 301, open: 1200, expected: [{ judged: 'idle_seconds', level: 'warn' }] },
  {
    idle: 901,
    open: 7201,
    expected: [
      { judged: 'idle_seconds', level: 'crit' },
      { judged: 'transaction_seconds', level: 'crit' },
    ],
  },
  { idle: null, open: 1801, expected: [{ judged: 'transaction_seconds', level: 'warn' }] },
])('judges $idle s idle of $open s open', ({ idle, open, expected }) => {
  const { verdicts } = judge({
    check: checkOf('long-transactions'),
    rows: [
      {
        key: { pid: '77', backend_start: '2026-01-01' },
        values: {
          pid: '77',
          username: 'app',
          database: 'shop',
          idle_seconds: idle,
          transaction_seconds: open,
        },
      },
    ],
    context: { instance: 'db1', cluster: 'shop', database: '' },
    states: new Map(),
    now: 0,
  });
  expect(verdicts).toMatchObject(expected);
  for (const verdict of verdicts) expect(verdict.sentence).toContain('Process 77 of app in shop');
});
