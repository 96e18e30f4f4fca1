import { expect, test } from 'vitest';
import { parseTree } from '@/lib/procedures/sql-parse';
import { parseStatement } from '@/lib/procedures/statement-parse';

const many = 12_000;

test('a text that would overflow the parser is refused before, and the next statement is read as ever', async () => {
  for (const deep of [
    `select ${'1+'.repeat(many)}1`,
    `select ${'not '.repeat(many)}true`,
    `select ${'f('.repeat(many)}1${')'.repeat(many)}`,
    `select 1${' union select 1'.repeat(many / 2)}`,
    `select 1${'::int'.repeat(many)}`,
  ]) {
    expect(await parseTree(deep)).toEqual({ reason: expect.stringContaining('more than 2500') });
    expect(await parseStatement(deep)).toEqual({ refusal: expect.stringContaining('more than 2500') });
  }
  expect(await parseStatement('select a from b where c = 1')).toMatchObject({
    statement: { kind: 'select' },
  });
});

test('a long list of constants, rows or qualified columns is not deep', async () => {
  for (const flat of [
    `select 1 where a in (${'$1, '.repeat(many)}2)`,
    `select * from (values ${'(1, $2), '.repeat(many / 2)}(1, 2)) as v -- as many as there are`,
    `select ${'t.a, '.repeat(many)}t.b from t`,
  ]) {
    expect(await parseStatement(flat)).toMatchObject({ statement: { kind: 'select' } });
  }
});
