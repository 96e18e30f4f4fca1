import { expect, test } from 'vitest';
import type { SqlRow } from '@/lib/engine/define-job';
import { LoadFold } from '@/workers/collector/sources/load-fold';

const row = (more: Partial<SqlRow> = {}): SqlRow => ({
  pid: 1,
  background: false,
  backend_type: 'client backend',
  wait_event_type: null,
  wait_event: null,
  query_id: '42',
  username: 'app',
  database: 'shop',
  application: 'web',
  host: '10.0.0.1',
  ...more,
});

test('samples are summed by kind of session; without a wait it is the processor', () => {
  const fold = new LoadFold();
  fold.add([row(), row({ pid: 2 }), row({ wait_event_type: 'Lock', wait_event: 'transactionid' })]);
  fold.add([row()]);
  fold.missed += 1;
  const bucket = fold.bucket('2026-11-21T10:00:00.000Z');
  expect(bucket).toMatchObject({ taken: 2, missed: 1 });
  expect(bucket.tuples.map(({ wait, count }) => [wait, count])).toEqual([
    ['CPU', 3],
    ['Lock:transactionid', 1],
  ]);
});

test('background work is named by its kind, runs of the console are one application, names are cut', () => {
  const fold = new LoadFold();
  const application = 'plumbline/0199a1b2-0000-7000-8000-000000000001/3';
  fold.add([
    row({
      background: true,
      backend_type: 'autovacuum worker',
      username: null,
      query_id: null,
      host: 'local',
    }),
    row({ application, host: null }),
    row({ application: 'x'.repeat(300) }),
  ]);
  const { tuples } = fold.bucket('2026-11-21T10:00:00.000Z');
  expect(tuples[0]).toMatchObject({ background: true, username: 'autovacuum worker', query: '(none)' });
  expect(tuples[1]).toMatchObject({ application: 'plumbline (a run)', host: '(none)' });
  expect(tuples[2]?.application.length).toBe(200);
});

test('beyond a hundred kinds the rest is summed by its wait, so that no second is lost', () => {
  const fold = new LoadFold();
  fold.add(Array.from({ length: 500 }, (_, n) => row({ application: `app ${n}` })));
  const { tuples } = fold.bucket('2026-11-21T10:00:00.000Z');
  expect(tuples.length).toBe(101);
  expect(tuples.find(({ application }) => application === '(other)')).toMatchObject({
    wait: 'CPU',
    count: 400,
  });
});
