import { expect, test } from 'vitest';
import { repointed } from '@/lib/tools/pgbouncer/ini';

const from = { hosts: ['127.0.0.1', 'localhost', '', '/run/old'], port: 5432 };
const to = { port: 5499, socketDirectory: '/new/s' };

test('entries of the old server are repointed; others, comments and settings stay as they are', () => {
  const text = `; who we serve: port=5432
[databases]
; shop = host=127.0.0.1 port=5432
shop = host=127.0.0.1 port=5432 dbname='a b' pool_size=5
"odd=name" = port = 5432  host=localhost
bySocket = host=/run/old dbname=x
plain =
* = host=127.0.0.1
elsewhere = host=10.0.0.9 port=5432
other = host=127.0.0.1 port=6000

[pgbouncer]
listen_port = 5432
host=127.0.0.1 port=5432
`;
  const { text: after, changes, includes } = repointed(text, from, to);
  expect(includes).toEqual([]);
  expect(changes.map(({ after: line }) => line)).toEqual([
    "shop = host=127.0.0.1 port=5499 dbname='a b' pool_size=5",
    '"odd=name" = port=5499  host=localhost',
    'bySocket = host=/new/s dbname=x port=5499',
    'plain =port=5499 host=/new/s',
    '* = host=127.0.0.1 port=5499',
  ]);
  const untouched = (whole: string) => whole.split('\n').filter((line) => !line.includes('5499'));
  expect(text.split('\n')).toEqual(expect.arrayContaining(untouched(after)));
  expect(after).toContain('elsewhere = host=10.0.0.9 port=5432\nother = host=127.0.0.1 port=6000\n');
  expect(after).toContain('host=127.0.0.1 port=5432\n');
});

test('an include is named, and a second change finds nothing to do', () => {
  const { text, includes } = repointed('%include /etc/more.ini\n[databases]\na = host=localhost\n', from, to);
  expect(includes).toEqual(['/etc/more.ini']);
  expect(repointed(text, from, to).changes).toEqual([]);
});
