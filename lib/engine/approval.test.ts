import { expect, test } from 'vitest';
import { namesProduction } from '@/lib/contract/clusters';
import { type ApprovalWord, needsSecondPerson, standingOf } from '@/lib/engine/approval';

const now = new Date('2026-11-21T12:00:00Z');
const plan = { hash: 'h1', requestedBy: 'ada' };
const word = (change: Partial<ApprovalWord>): ApprovalWord => ({
  id: 'w',
  planHash: 'h1',
  kind: 'approval',
  byId: 'bob',
  byName: 'Bob',
  reason: '',
  at: '2026-11-21T11:50:00Z',
  expiresAt: '2026-11-21T12:50:00Z',
  runId: null,
  voidAt: null,
  ...change,
});
const stateOf = (...words: ApprovalWord[]) => standingOf(words, plan, now).state;

test('production is what is called so; what is only near it is not', () => {
  const names = ['production', 'Prod EU', ' live', 'staging', 'non-prod', 'pre-production', 'livestock', ''];
  expect(names.filter(namesProduction)).toEqual(['production', 'Prod EU', ' live']);
  expect(needsSecondPerson({ twoPeople: true }, true)).toBe(true);
  expect(needsSecondPerson({ twoPeople: true }, false)).toBe(false);
  expect(needsSecondPerson({}, true)).toBe(false);
});

test('only another person’s unspent word on exactly this hash counts, and only for its time', () => {
  expect(stateOf()).toBe('none');
  expect(stateOf(word({ kind: 'request', byId: 'ada' }))).toBe('asked');
  expect(stateOf(word({}))).toBe('approved');
  expect(stateOf(word({ byId: 'ada' }))).toBe('none');
  expect(stateOf(word({ byId: null }))).toBe('none');
  expect(stateOf(word({ planHash: 'h2' }))).toBe('none');
  expect(stateOf(word({ expiresAt: '2026-11-21T12:00:00Z' }))).toBe('expired');
  expect(stateOf(word({ voidAt: '2026-11-21T11:55:00Z' }))).toBe('void');
  expect(stateOf(word({ runId: 'r' }))).toBe('used');
});

test('the newest answer counts: a refusal after an approval ends it, and the other way round', () => {
  const later = { at: '2026-11-21T11:55:00Z' };
  expect(stateOf(word({}), word({ kind: 'refusal', byId: 'eve', ...later }))).toBe('refused');
  expect(stateOf(word({ kind: 'refusal' }), word({ byId: 'eve', ...later }))).toBe('approved');
});
