import fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterCrash, type StoredStep } from '@/lib/engine/after-crash';
import type { StepSafety } from '@/lib/engine/define-job';
import { isLegalTransition, isTerminal, runStates } from '@/lib/engine/run-states';

const safeties: StepSafety[] = ['pure', 'idempotent', 'probeable', 'once'];
const before = (ordinal: number): StoredStep[] =>
  Array.from({ length: ordinal }, (_, done) => ({ ordinal: done, state: 'done' }));

test('a step that had begun is repeated, probed or asked about, by its safety', () => {
  const acts = safeties.map(
    (_, ordinal) => afterCrash(safeties, [...before(ordinal), { ordinal, state: 'started' }]).act,
  );
  expect(acts).toEqual(['repeat', 'repeat', 'probe', 'ask']);
});

test('a step that had not begun is run, and after the last one the run is finished', () => {
  expect(afterCrash(safeties, [])).toEqual({ act: 'run', ordinal: 0 });
  expect(afterCrash(safeties, before(3))).toEqual({ act: 'run', ordinal: 3 });
  expect(afterCrash(safeties, before(4))).toEqual({ act: 'finish' });
});

test('a step that failed is never run again', () => {
  for (const decision of [null, 'repeat', 'done', 'stop'] as const) {
    const next = afterCrash(safeties, [...before(1), { ordinal: 1, state: 'failed' }], decision);
    expect(next).toEqual({ act: 'put-away', ordinal: 1 });
  }
});

test('only a person lets a step that must happen once happen again', () => {
  const state = fc.constantFrom('started', 'undecided') as fc.Arbitrary<'started' | 'undecided'>;
  const decision = fc.constantFrom(null, 'repeat', 'done', 'stop') as fc.Arbitrary<
    null | 'repeat' | 'done' | 'stop'
  >;
  fc.assert(
    fc.property(state, decision, (state, decision) => {
      const next = afterCrash(['once'], [{ ordinal: 0, state }], decision);
      const expected = { repeat: 'repeat', done: 'accept', stop: 'put-away' } as const;
      expect(next.act).toBe(decision === null ? 'ask' : expected[decision]);
    }),
  );
});

test('what has ended stays ended, and a decision is claimed', () => {
  for (const ended of ['succeeded', 'failed', 'cancelled'] as const) {
    expect(isTerminal(ended)).toBe(true);
    expect(runStates.some((to) => isLegalTransition(ended, to))).toBe(false);
  }
  expect(isLegalTransition('needs-decision', 'running')).toBe(true);
  expect(isLegalTransition('needs-decision', 'succeeded')).toBe(false);
  expect(isLegalTransition('queued', 'succeeded')).toBe(false);
});
