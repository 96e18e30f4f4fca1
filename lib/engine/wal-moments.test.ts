import { expect, test } from 'vitest';
import { WalScan } from '@/lib/engine/wal-moments';

const orders = { databaseOid: '16384', oid: '16390', table: 'public.orders', filenode: '16390' };

function scan(serverVersionNum: number, lines: readonly [manager: string, xid: number, text: string][]) {
  const found = new WalScan({ databaseOid: '16384', files: [orders], minRows: 2, serverVersionNum });
  for (const [n, [manager, xid, text]] of lines.entries()) {
    const lsn = `0/0300${String(n).padStart(2, '0')}28`;
    found.take(
      `rmgr: ${manager.padEnd(11)} len (rec/tot):     54/    54, tx: ${String(xid).padStart(10)}, lsn: ${lsn}, prev 0/02000028, desc: ${text}`,
    );
  }
  return found.moments.map(({ what, table, targetLsn, at }) => ({ what, table, targetLsn, at }));
}

/** Here no pg_waldump of 14 is to be had: these are the shapes of its source (xactdesc.c, standbydesc.c of 14). */
test('of 14, whose commits name no dropped relation, a drop and an emptying are told by the files', () => {
  const lock = 'LOCK xid 731 db 16384 rel 16390 ';
  const at = '2026-11-21T10:00:01.000002Z';
  const commit =
    'COMMIT 2026-11-21 10:00:01.000002 UTC; rels: base/16384/16390 base/16384/16395; inval msgs: catcache 55 relcache 16390';
  expect(
    scan(140_005, [
      ['Standby', 731, lock],
      ['Transaction', 731, commit],
    ]),
  ).toEqual([{ what: 'drop', table: 'public.orders', targetLsn: '0/03000028', at }]);
  const emptied = scan(140_005, [
    ['Standby', 731, lock],
    ['Storage', 731, 'CREATE base/16384/16402'],
    ['Transaction', 731, commit],
  ]);
  expect(emptied).toEqual([{ what: 'truncate', table: 'public.orders', targetLsn: '0/03000028', at }]);
});

test.each([
  [
    '14 before it marked it first',
    140_008,
    'DELETE off 4 flags 0x00 KEYS_UPDATED ',
    'INPLACE off 4',
    '0/03000228',
  ],
  ['14', 140_009, 'DELETE off 4 flags 0x00 KEYS_UPDATED ', 'INPLACE off 4', '0/03000128'],
  [
    '16, which writes offsets in another way',
    160_000,
    'DELETE xmax: 731, off: 4, infobits: [KEYS_UPDATED], flags: 0x00',
    'INPLACE off: 4',
    '0/03000128',
  ],
])(
  'a dropped database of %s is left before the first change that is for good',
  (_, version, gone, marked, lsn) => {
    const row = ', blkref #0: rel 1664/0/1262 blk 0';
    const moments = scan(version, [
      ['Heap', 0, `${marked.replace('4', '9')}${row}`],
      ['Heap', 0, `${marked}${row} FPW`],
      ['Heap', 731, `${gone}${row}`],
      ['Transaction', 730, 'COMMIT 2026-11-21 10:00:00.000000 UTC'],
      ['Database', 731, 'DROP dir 1663/16384'],
      ['Transaction', 731, 'COMMIT 2026-11-21 10:00:02.000000 UTC; inval msgs: catcache 21'],
    ]);
    expect(moments).toEqual([
      { what: 'drop-database', table: undefined, targetLsn: lsn, at: '2026-11-21T10:00:02.000000Z' },
    ]);
  },
);
