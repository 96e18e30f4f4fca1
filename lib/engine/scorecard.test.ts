import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CriterionState, readinessLevels } from '@/lib/contract/scorecard';
import { expiryOf, type ScoredCriterion, scoreOf, scoreSentence, stateAt } from '@/lib/engine/scorecard';

const states: CriterionState[] = ['pass', 'fail', 'unknown', 'stale', 'not-applicable'];
const criterion: fc.Arbitrary<ScoredCriterion> = fc.record(
  {
    state: fc.constantFrom(...states),
    level: fc.constantFrom(...readinessLevels),
    redLine: fc.constant(true as const),
  },
  { requiredKeys: ['state', 'level'] },
);
const rank = (level: (typeof readinessLevels)[number] | null) =>
  level ? readinessLevels.indexOf(level) + 1 : 0;

test('a pass turns stale when its evidence expires, and nobody has to act', () => {
  const observedAt = '2026-11-01T00:00:00.123456Z';
  const expiresAt = expiryOf(observedAt, 3600);
  expect(stateAt({ state: 'pass', expiresAt }, new Date('2026-11-01T00:59:59Z'))).toBe('pass');
  expect(stateAt({ state: 'pass', expiresAt }, new Date('2026-11-01T01:00:01Z'))).toBe('stale');
  expect(stateAt({ state: 'fail', expiresAt }, new Date('2027-01-01T00:00:00Z'))).toBe('fail');
});

test('no result is unknown, and a pass without the age of its evidence is not green', () => {
  expect(stateAt(undefined, new Date())).toBe('unknown');
  expect(stateAt({ state: 'pass', expiresAt: expiryOf(null, 3600) }, new Date())).toBe('stale');
});

test('adding a criterion that is not proven never raises the level', () => {
  fc.assert(
    fc.property(fc.array(criterion), criterion, (criteria, added) => {
      fc.pre(added.state === 'fail' || added.state === 'unknown' || added.state === 'stale');
      expect(rank(scoreOf([...criteria, added]).level)).toBeLessThanOrEqual(rank(scoreOf(criteria).level));
    }),
  );
});

test('a criterion that starts to fail, or whose evidence expires, never raises level or percentage', () => {
  fc.assert(
    fc.property(fc.array(criterion, { minLength: 1 }), fc.nat(), (criteria, at) => {
      const index = at % criteria.length;
      const before = criteria.map((each, i) => (i === index ? { ...each, state: 'pass' as const } : each));
      for (const state of ['fail', 'unknown', 'stale'] as const) {
        const after = before.map((each, i) => (i === index ? { ...each, state } : each));
        expect(rank(scoreOf(after).level)).toBeLessThanOrEqual(rank(scoreOf(before).level));
        expect(scoreOf(after).provenPercent ?? 0).toBeLessThanOrEqual(scoreOf(before).provenPercent ?? 0);
      }
    }),
  );
});

test('an unproven red line keeps the level at none, whatever else passes', () => {
  fc.assert(
    fc.property(fc.array(criterion), fc.constantFrom('fail', 'unknown', 'stale'), (criteria, state) => {
      const redLine: ScoredCriterion = { state: state as CriterionState, level: 'ready', redLine: true };
      expect(scoreOf([...criteria, redLine]).level).toBe(null);
    }),
  );
});

test('the level is a ratchet: a gap at a lower level is not made up for by a higher one', () => {
  const pass = (level: ScoredCriterion['level']): ScoredCriterion => ({ state: 'pass', level });
  expect(scoreOf([pass('recoverable'), pass('sound'), pass('ready')]).level).toBe('ready');
  expect(scoreOf([pass('recoverable'), { state: 'fail', level: 'sound' }, pass('ready')]).level).toBe(
    'recoverable',
  );
  expect(scoreOf([{ state: 'unknown', level: 'recoverable' }, pass('sound'), pass('ready')]).level).toBe(
    null,
  );
  expect(scoreOf([]).level).toBe(null);
});

test('the parts of the sentence add up to 100 and proven is never rounded up', () => {
  fc.assert(
    fc.property(fc.nat(400), fc.nat(400), fc.nat(400), fc.nat(400), (pass, fail, stale, unknown) => {
      fc.pre(pass + fail + stale + unknown > 0);
      const sentence = scoreSentence({ pass, fail, stale, unknown, notApplicable: 3 });
      const parts = [...sentence.matchAll(/(\d+) % (\w+)/g)].map(([, share, word]) => ({
        share: Number(share),
        word,
      }));
      expect(parts.reduce((sum, { share }) => sum + share, 0)).toBe(100);
      const proven = parts.find(({ word }) => word === 'proven');
      expect(proven?.share).toBe(Math.floor((100 * pass) / (pass + fail + stale + unknown)));
    }),
  );
  expect(scoreSentence({ pass: 9, fail: 1, stale: 0, unknown: 2, notApplicable: 0 })).toBe(
    '75 % proven · 8 % failing · 17 % unknown',
  );
});
