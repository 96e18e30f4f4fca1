import { expect, test } from 'vitest';
import { parseStatement } from '@/lib/procedures/statement-parse';
import { plannableText } from '@/lib/procedures/statement-text';

test.each([
  ['select now() - interval $1', 'select now() - cast($1 as interval)'],
  ['select INTERVAL $2 day to second(3), $1', 'select cast($2 as INTERVAL day to second(3)), $1'],
  ['select interval(2) $1 from "ä"', 'select cast($1 as interval(2)) from "ä"'],
  ['select extract($1 from at), 1 from t', 'select pg_catalog.extract($1, at), 1 from t'],
  [
    'select EXTRACT ( $1 FROM now() - interval $2)',
    'select pg_catalog.extract($1, now() - cast($2 as interval))',
  ],
  ['select timestamp with time zone $1', 'select cast($1 as timestamp with time zone)'],
  ['select timestamp(3) without time zone $1', 'select cast($1 as timestamp(3) without time zone)'],
  [
    'select date $1, double precision $2, json $3',
    'select cast($1 as date), cast($2 as double precision), cast($3 as json)',
  ],
  ['select app."my kind" $1', 'select cast($1 as app."my kind")'],
])('%s becomes SQL again', async (text, wanted) => {
  expect(await plannableText(text)).toMatchObject({ text: wanted, isRewritten: true });
});

test.each([
  'select * from t where a = $1 and b in ($2 /*, ... */) limit $3 offset $4',
  `select 'interval $1', $2::interval, "interval", x at time zone $3 -- date $4`,
  'select substring(x from $1 for $2), position($3 in y), $4 + $5, a[$6], case when $7 then $8 else $9 end',
  'select * from f($1) where x between $2 and $3 fetch first $4 rows only',
])('%s is left alone', async (text) => {
  expect(await plannableText(text)).toMatchObject({ text, isRewritten: false });
});

test('parameters are counted by the highest number', async () => {
  expect((await plannableText('select $3, $1')).parameters).toBe(3);
});

test.each([
  ['select 1; drop table x', 'holds 2 statements'],
  ['select 1; ; select 2', 'holds 2 statements'],
  ['', 'no statement'],
  ['-- nothing', 'no statement'],
  ['drop table x', 'utility'],
  ['explain analyze delete from x', 'utility'],
  ['create table y as select 1', 'utility'],
  ['select 1 from', 'syntax error'],
])('%s is refused', async (text, reason) => {
  expect(await parseStatement(text)).toMatchObject({ refusal: expect.stringContaining(reason) });
});

test.each([
  ['insert into t select 1', 'It writes.'],
  ['with gone as (delete from t returning *) select * from gone', 'A part of it'],
  ['select * from (with x as (update t set a = 1 returning a) select 1) as y', 'A part of it'],
  ['select * into t from u', 'makes a table'],
  ['select * from t for no key update', 'locks rows'],
  ['select * from (select * from t for share) as x', 'locks rows'],
])('%s is more than a read', async (text, why) => {
  expect(await parseStatement(text)).toMatchObject({
    statement: { writes: expect.stringContaining(why) },
  });
});

test('relations, functions and operators are found wherever they stand', async () => {
  const text = `with c as (select * from a."B")
    select f(1), (select s.g() from c) from lateral (select 1) as x, h($1) as y
    where exists (select from d) and 1 operator(app.~~>) 2 order by z using >`;
  const parsed = await parseStatement(text);
  if ('refusal' in parsed) throw new Error(parsed.refusal);
  const { relations, functions, operators, cteNames, writes } = parsed.statement;
  expect(writes).toBeNull();
  expect(cteNames).toEqual(['c']);
  expect(new Set(relations.map(({ schema, name }) => `${schema}.${name}`))).toEqual(
    new Set(['a.B', 'null.c', 'null.d']),
  );
  expect(new Set(functions.map(({ schema, name }) => `${schema}.${name}`))).toEqual(
    new Set(['null.f', 's.g', 'null.h']),
  );
  expect(operators).toContainEqual({ schema: 'app', name: '~~>' });
});
