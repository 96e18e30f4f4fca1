import { expect, test } from 'vitest';
import type { Column } from '@/components/ui/table-column';
import { compareValues } from '@/components/ui/table-column';
import { toCsv, toJson } from '@/components/ui/table-export';

interface Row {
  name: string;
  bytes: number | null;
}

const columns: Column<Row>[] = [
  { id: 'name', header: 'Name', value: (row) => row.name },
  { id: 'bytes', header: 'Size', value: (row) => row.bytes, unit: 'bytes' },
];

test('CSV is quoted by RFC 4180, and no text of a server becomes a formula', () => {
  const rows = [
    { name: 'plain', bytes: 1 },
    { name: 'a "b", c\nd', bytes: null },
    { name: '=HYPERLINK("http://evil")', bytes: -5 },
    { name: '@sum', bytes: 0 },
  ];
  expect(toCsv(columns, rows)).toBe(
    'Name,Size\r\nplain,1\r\n"a ""b"", c\nd",\r\n"\'=HYPERLINK(""http://evil"")",-5\r\n\'@sum,0\r\n',
  );
});

test('JSON has the columns by their stable ids, and null where nothing is known', () => {
  expect(JSON.parse(toJson(columns, [{ name: 'x', bytes: null }]))).toEqual([{ name: 'x', bytes: null }]);
});

test('text with numbers sorts as people count', () => {
  expect(['t10', 't9', 'T1'].sort(compareValues)).toEqual(['T1', 't9', 't10']);
});
