export const runStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'needs-decision'] as const;
export type RunState = (typeof runStates)[number];

const nextStates: Record<RunState, readonly RunState[]> = {
  queued: ['running', 'cancelled'],
  // Back to queued: its worker was lost or stops, and another may go on.
  running: ['succeeded', 'failed', 'cancelled', 'needs-decision', 'queued'],
  // Claimed again once somebody has decided; the worker then repeats, goes on or puts away.
  'needs-decision': ['running'],
  succeeded: [],
  failed: [],
  cancelled: [],
};

export function isLegalTransition(from: RunState, to: RunState): boolean {
  return nextStates[from].includes(to);
}

/** Ended for good. A run that needs a decision is not: it holds its locks until somebody decides. */
export function isTerminal(state: RunState): boolean {
  return nextStates[state].length === 0;
}
