import { expect, test } from 'vitest';
import {
  compareExtensions,
  compareSchema,
  type RelationDefinition,
  type SchemaRelation,
} from '@/lib/engine/schema-changes';

let oids = 20_000;
const relation = (
  name: string,
  more: Partial<RelationDefinition> & { kind?: string; oid?: string } = {},
): SchemaRelation => {
  oids += 1;
  const { kind = 'r', oid = String(oids), ...parts } = more;
  const definition: RelationDefinition = {
    columns: [['id', 'integer', true, null]],
    constraints: [],
    options: [],
    of: null,
    body: null,
    persistence: 'p',
    ...parts,
  };
  return { oid, schema: 'public', name, kind, hash: JSON.stringify(definition), definition };
};
const sentences = (before: SchemaRelation[], after: SchemaRelation[]) =>
  compareSchema('shop', before, after).changes.map(({ sentence }) => sentence);

test('tables come with their indexes, indexes of old tables by themselves', () => {
  const orders = relation('orders');
  const fresh = [
    relation('items'),
    relation('items_pkey', { kind: 'i', of: 'public.items' }),
    relation('orders_idx', { kind: 'i', of: 'public.orders' }),
  ];
  const { changes, changed, goneOids } = compareSchema('shop', [orders], [orders, ...fresh]);
  expect(changes.map(({ sentence }) => sentence)).toEqual([
    'Table public.items was created.',
    'Index public.orders_idx on public.orders (id) was created.',
  ]);
  expect(changes[0]?.details).toEqual({ columns: ['id integer'], indexes: 1 });
  expect(changed).toEqual(fresh);
  expect(goneOids).toEqual([]);
  expect(sentences([orders, ...fresh], [orders])).toEqual([
    'Table public.items was dropped.',
    'Index public.orders_idx on public.orders (id) was dropped.',
  ]);
  expect(
    compareSchema('shop', [orders, ...fresh], [orders]).changes.map(({ details }) => details.lost),
  ).toEqual([{ schema: 'public', table: 'items' }, undefined]);
});

test('an altered table says which columns, constraints and options', () => {
  const before = relation('t', {
    oid: '1',
    columns: [
      ['id', 'integer', true, null],
      ['old', 'text', false, null],
    ],
    constraints: ['t_check:c'],
  });
  const after = relation('t', {
    oid: '1',
    columns: [
      ['id', 'bigint', true, 'hash'],
      ['new', 'text', false, null],
    ],
    constraints: ['t_pkey:p'],
    options: ['fillfactor=70'],
  });
  expect(sentences([before], [after])).toEqual([
    'Table public.t was altered: column id is bigint now (before: integer); default of column id; column new text added; column old dropped; constraint t_pkey added; constraint t_check dropped; options fillfactor=70 (before: none).',
  ]);
});

test('what is made anew under its name is the same, what is renamed is told as that', () => {
  const before = relation('a_idx', { kind: 'i', of: 'public.a' });
  const rebuilt = { ...before, oid: '99' };
  const result = compareSchema('shop', [before], [rebuilt]);
  expect(result).toMatchObject({ changes: [], changed: [rebuilt], goneOids: [before.oid] });
  const renamed = { ...before, name: 'b_idx' };
  expect(sentences([before], [renamed])).toEqual([
    'Index public.b_idx was altered: renamed from public.a_idx.',
  ]);
  // A column's type drags its indexes along.
  const table = relation('a');
  const wider = relation('a', { oid: table.oid, columns: [['id', 'bigint', true, null]] });
  const dragged = relation('a_idx', { kind: 'i', of: 'public.a', body: 'y' });
  expect(sentences([table, before], [wider, dragged])).toEqual([
    'Table public.a was altered: column id is bigint now (before: integer).',
  ]);
  // Two that swapped their names are both here still.
  const other = { ...relation('b_idx', { kind: 'i', of: 'public.a', body: 'x' }) };
  const swapped = [
    { ...before, name: 'b_idx' },
    { ...other, name: 'a_idx' },
  ];
  expect(sentences([before, other], swapped).every((sentence) => sentence.includes('altered'))).toBe(true);
});

test('many partitions are one sentence, and a restored database is cut short', () => {
  const parts = ['p1', 'p2', 'p3'].map((name) => relation(name, { of: 'public.events' }));
  expect(sentences([], parts)).toEqual([
    '3 partitions of public.events were created: public.p1 to public.p3.',
  ]);
  expect(sentences([], parts.slice(0, 1))).toEqual([
    'Table public.p1, a partition of public.events, was created.',
  ]);
  const many = Array.from({ length: 150 }, (_, index) => relation(`t${index}`));
  const changes = sentences([], many);
  expect(changes.length).toBe(101);
  expect(changes.at(-1)).toBe('50 more relations of shop were created, dropped or altered at once.');
});

test('extensions are compared by version', () => {
  expect(
    compareExtensions('shop', { a: '1', b: '1' }, { b: '2', constructor: '1' }).map(
      ({ sentence }) => sentence,
    ),
  ).toEqual([
    'Extension b was updated from 1 to 2.',
    'Extension constructor 1 was installed.',
    'Extension a 1 was dropped.',
  ]);
});
