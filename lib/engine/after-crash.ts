import type { StepSafety } from '@/lib/engine/define-job';

/** What is stored of one step; a step that never started has no row. */
export interface StoredStep {
  ordinal: number;
  state: 'started' | 'done' | 'failed' | 'undecided';
}

export type Decision = 'repeat' | 'done' | 'stop';

export type AfterCrash =
  /** Go on with this step, which has not run. */
  | { act: 'run'; ordinal: number }
  /** It may have run in part or whole, and may run again. */
  | { act: 'repeat'; ordinal: number }
  /** Ask the world first whether it was done. */
  | { act: 'probe'; ordinal: number }
  /** It may have happened and must not happen twice: a person decides. */
  | { act: 'ask'; ordinal: number }
  /** A person said that it was done. */
  | { act: 'accept'; ordinal: number }
  /** A step has failed, or a person said stop: put away what is left. */
  | { act: 'put-away'; ordinal: number }
  /** Every step is done. */
  | { act: 'finish' };

/**
 * Where a run goes on, from what was committed: a step is `started` before its effect and `done` after it, so a
 * started one without an end may have had its effect or not.
 *
 * @param safeties of the definition's steps, in order.
 * @param decision of a person, for the step that waits for one.
 */
export function afterCrash(
  safeties: readonly StepSafety[],
  stored: readonly StoredStep[],
  decision: Decision | null = null,
): AfterCrash {
  for (const [ordinal, safety] of safeties.entries()) {
    const state = stored.find((step) => step.ordinal === ordinal)?.state;
    if (state === 'done') continue;
    if (state === undefined) return { act: 'run', ordinal };
    if (state === 'failed') return { act: 'put-away', ordinal };
    if (decision === 'stop') return { act: 'put-away', ordinal };
    if (decision === 'repeat') return { act: 'repeat', ordinal };
    if (decision === 'done') return { act: 'accept', ordinal };
    if (state === 'undecided' || safety === 'once') return { act: 'ask', ordinal };
    return { act: safety === 'probeable' ? 'probe' : 'repeat', ordinal };
  }
  return { act: 'finish' };
}
