import { describe, expect, it } from 'vitest';
import { checksOfYaml } from '@/lib/commands/own-check-import';
import { type OwnCheckInput, ownCheckSchema } from '@/lib/contract/own-checks';
import { ownCheckApplies, ownCheckFault, ownCheckOf, ownCheckSql } from '@/lib/engine/own-checks';
import { yamlOf } from '@/lib/queries/own-check-yaml';

const orders: OwnCheckInput = {
  name: 'stuck-orders',
  title: 'Stuck orders',
  target: 'database',
  databases: ['shop'],
  sql: 'select shop, count(*) as waiting\nfrom public.orders -- by shop\ngroup by shop;\n',
  columns: [
    { name: 'shop', role: 'key' },
    { name: 'waiting', role: 'gauge', label: 'Waiting', unit: 'count' },
  ],
  judge: [
    { column: 'waiting', warn: 10, crit: 100, sentence: '{waiting} orders of {shop} wait in {database}.' },
  ],
};
const withSql = (sql: string) => ownCheckSchema.safeParse({ ...orders, sql });
const reasonOf = (change: Partial<OwnCheckInput>) =>
  ownCheckSchema
    .safeParse({ ...orders, ...change })
    .error?.issues.map(({ message }) => message)
    .join(' ');

describe('a check that somebody writes', () => {
  it('is asked as a subquery whose columns the server casts, cuts and caps', () => {
    expect(ownCheckSql(ownCheckSchema.parse(orders))).toBe(
      [
        'select',
        '  left("shop"::text, 200) as "shop",',
        '  "waiting"::float8 as "waiting"',
        'from (',
        'select shop, count(*) as waiting',
        'from public.orders -- by shop',
        'group by shop',
        ') as own_check',
        'limit 501',
      ].join('\n'),
    );
  });

  it('is a query and nothing else, and calls nothing that reaches beyond its transaction', () => {
    expect(withSql('-- of a day\nwith a as (select 1 as n) select n from a').success).toBe(true);
    expect(withSql('delete from orders').error?.issues[0]?.message).toContain('SELECT or WITH');
    for (const sql of [
      "select set_config('a', 'b', false)",
      'select pg_terminate_backend (1)',
      'select PG_SLEEP(9)',
      `select "set_config"('a', 'b', false)`,
      'select pg_catalog."pg_advisory_lock" (1)',
      'select pg_try_advisory_lock/* here */(1)',
      'select pg_sleep -- a while\n(9)',
    ]) {
      expect(withSql(sql).error?.issues[0]?.message).toContain('A check only reads');
    }
    expect(withSql(`select U&"set\\005fconfig"('a', 'b', false)`).error?.issues[0]?.message).toContain('U&');
    expect(withSql('select reset from pg_catalog.pg_settings_reset').success).toBe(true);
  });

  it('judges numbers that it has, in the right order, in words that it knows', () => {
    expect(reasonOf({ judge: [{ column: 'shop', warn: 1 }] })).toContain('a gauge or a counter');
    expect(reasonOf({ judge: [{ column: 'waiting' }] })).toContain('Give a value');
    expect(reasonOf({ judge: [{ column: 'waiting', warn: 10, crit: 5 }] })).toContain('must be above');
    expect(reasonOf({ judge: [{ column: 'waiting', warn: 1, sentence: '{nobody} waits.' }] })).toContain(
      'nobody',
    );
    expect(reasonOf({ columns: [...orders.columns, { name: 'shop', role: 'text' }] })).toContain(
      'two columns shop',
    );
    expect(reasonOf({ columns: [{ name: 'x"; drop', role: 'key' }] })).toContain('small letters');
    expect(reasonOf({ name: '../etc' })).toContain('small letters');
    expect(reasonOf({ target: 'instance' })).toContain('in each database');
    const [shop, waiting] = orders.columns;
    const withQuery = (literals: boolean) => [
      ...[shop, waiting].flatMap((column) => column ?? []),
      { name: 'query', role: 'text' as const, literals },
    ];
    const sentence = '{waiting} wait: {query}';
    expect(
      reasonOf({ columns: withQuery(false), judge: [{ column: 'waiting', warn: 1, sentence }] }),
    ).toBeUndefined();
    expect(
      reasonOf({ columns: withQuery(true), judge: [{ column: 'waiting', warn: 1, sentence }] }),
    ).toContain('hidden');
    const hidden = ownCheckOf(ownCheckSchema.parse({ ...orders, columns: withQuery(true) }));
    expect(hidden.columns.query).toEqual({ role: 'text', label: 'query', literals: true });
  });

  it('becomes a check like any other: drawn, kept and judged', () => {
    const check = ownCheckOf(ownCheckSchema.parse(orders));
    expect(check.draw).toEqual([
      { as: 'line', title: 'Stuck orders', columns: ['waiting'] },
      { as: 'table', title: 'Stuck orders: rows', columns: ['shop', 'waiting'] },
    ]);
    expect(check.keep).toEqual(['series', 'snapshot']);
    expect(check.judge?.[0]).toMatchObject({
      column: 'waiting',
      worse: 'above',
      warn: 10,
      crit: 100,
      forSeconds: 0,
    });
  });

  it('is refused an answer with two rows of one object, or with too many', () => {
    const check = ownCheckOf(ownCheckSchema.parse(orders));
    expect(
      ownCheckFault(check, [
        { shop: 'a', waiting: 1 },
        { shop: 'b', waiting: 1 },
      ]),
    ).toBeUndefined();
    expect(
      ownCheckFault(check, [
        { shop: 'a', waiting: 1 },
        { shop: 'a', waiting: 2 },
      ]),
    ).toContain('the key a');
    const many = Array.from({ length: 501 }, (_, n) => ({ shop: String(n), waiting: n }));
    expect(ownCheckFault(check, many)).toContain('more than 500 rows');
  });

  it('runs where it says', () => {
    const where = { clusters: ['Shop'], databases: ['a'] };
    expect(ownCheckApplies(where, 'shop', 'a')).toBe(true);
    expect(ownCheckApplies(where, 'shop', 'b')).toBe(false);
    expect(ownCheckApplies(where, 'other', 'a')).toBe(false);
    expect(ownCheckApplies({ clusters: [], databases: [] }, 'other', '')).toBe(true);
  });

  it('travels as YAML and comes back the same', () => {
    const parsed = ownCheckSchema.parse(orders);
    const yaml = yamlOf([parsed]);
    expect(yaml).toContain('sql: |\n');
    expect(checksOfYaml(yaml)).toEqual([{ ...parsed, sql: parsed.sql.trim() }]);
    expect(() => checksOfYaml('checks:\n  - name: a\n    sql: drop table x\n')).toThrow(/^a: /);
    expect(() => checksOfYaml(`${yaml}${yaml.replace('checks:\n', '')}`)).toThrow('in the file twice');
    expect(() => checksOfYaml('a: [1')).toThrow('no YAML');
    const bomb = `a: &a [x,x]\nb: &b [${'*a,'.repeat(9)}*a]\nchecks: [${'*b,'.repeat(9)}*b]\n`;
    expect(() => checksOfYaml(bomb)).toThrow();
    expect(() => checksOfYaml(yaml.replace('    title:', '    title: Twice\n    title:'))).toThrow(
      'must be unique',
    );
  });

  it('refuses a file of thousands of keys at once: comparing each with all others would hold up everybody', () => {
    const keys = Array.from({ length: 40_000 }, (_, at) => `a${at}:\n`).join('');
    const startedAt = performance.now();
    expect(() => checksOfYaml(keys)).toThrow(/^check 1: name/);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
