import { expect, test } from 'vitest';
import { tableRow, withFolded } from '@/lib/queries/table-rows';

const now = new Date('2026-03-10T12:00:00Z');
const part = (table: string, bloat: Record<string, string | number | null>) =>
  tableRow(
    {
      ...{
        schema: 's',
        table,
        kind: 'partition',
        root_schema: 's',
        root_table: 'all',
        size_method: 'measured',
      },
      ...{ bytes: 300, heap_bytes: 200, toast_bytes: 0, index_bytes: 100, live_rows: 30, dead_rows: 10 },
    },
    {
      vacuum: { xid_age: table.length, vacuum_age_seconds: 5 },
      statistics: undefined,
      rates: undefined,
      bloat: { bytes: 200, not_known: null, mend: null, method: 'estimate', ...bloat },
    },
    { database: 'd', measured: new Map(), growth: null, verdicts: [], now },
  );
const root = tableRow(
  { schema: 's', table: 'all', kind: 'partitioned', size_method: 'sum of its partitions' },
  { vacuum: undefined, statistics: undefined, rates: undefined, bloat: undefined },
  { database: 'd', measured: new Map(), growth: null, verdicts: [], now },
);

test('a root has the sums of its partitions, and the oldest of their ages', () => {
  const rows = withFolded([root, part('a', { bloat_bytes: 50 }), part('bb', { bloat_bytes: 150 })]);
  expect(rows).toHaveLength(3);
  expect(rows[0]).toMatchObject({ partitions: 2, bytes: 600, heapBytes: 400, deadPercent: 25, xidAge: 2 });
  expect(rows[0]?.bloat).toMatchObject({ bytes: 200, percent: 50, method: 'sum of its partitions' });
});

test('one partition whose dead space is not known leaves the sum unknown, with what mends it', () => {
  const rows = withFolded([
    part('a', { bloat_bytes: 50 }),
    root,
    part('b', { bloat_bytes: null, not_known: 'cannot be read', mend: 'grant …' }),
  ]);
  expect(rows[1]?.bloat).toMatchObject({ percent: null, notKnown: 'cannot be read', mend: 'grant …' });
});
