import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Approved, canonicalJson, planHash } from '@/lib/engine/plan-hash';

const approved: Approved = {
  kind: 'some-kind',
  definitionVersion: 1,
  input: { database: 'shop', jobs: 2 },
  cluster: { id: 'c1', systemIdentifier: '7' },
  acts: [{ step: 'dump', argv: ['pg_dump', '--file={runDir}/x'], as: 'backup' }],
  params: { folder: '/r' },
};

test('the hash covers kind, version, input, cluster, acts and params, and nothing else', () => {
  const hash = planHash(approved);
  const changes: Partial<Approved>[] = [
    { kind: 'other' },
    { definitionVersion: 2 },
    { input: { database: 'shop', jobs: 3 } },
    { cluster: { id: 'c2', systemIdentifier: '7' } },
    { cluster: { id: 'c1', systemIdentifier: '8' } },
    { acts: [{ step: 'dump', argv: ['pg_dump', '--file={runDir}/y'], as: 'backup' }] },
    { acts: [{ step: 'dump', argv: ['pg_dump', '--file={runDir}/x'], as: 'operate' }] },
    { params: {} },
  ];
  for (const change of changes) expect(planHash({ ...approved, ...change })).not.toBe(hash);
  const withEstimates = {
    ...approved,
    estimates: [{ label: 'size', value: 1, unit: 'bytes' }],
    warnings: ['w'],
  };
  expect(planHash(withEstimates)).toBe(hash);
});

test('the order of keys does not change the text, the order of a list does', () => {
  expect(canonicalJson({ b: 1, a: { d: [1, 2], c: undefined } })).toBe('{"a":{"d":[1,2]},"b":1}');
  expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]));
});

test('what is stored as JSON and read again has the same text', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(JSON.stringify(value)))).toBe(text);
      // -0 is 0 in JSON.
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});
