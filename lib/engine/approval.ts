/** An approval holds this long unless the setting says otherwise, in minutes. */
export const defaultApprovalMinutes = 60;

/** Somebody who asks for a second person is waited for this long, in hours. */
export const requestHours = 24;

/** Whether a plan of this kind needs a second person's word: on clusters that people have said to be production. */
export function needsSecondPerson(job: { twoPeople?: boolean }, isProduction: boolean): boolean {
  return job.twoPeople === true && isProduction;
}

/** One word on a plan, as it is stored. */
export interface ApprovalWord {
  id: string;
  planHash: string;
  kind: 'request' | 'approval' | 'refusal' | 'break-glass';
  byId: string | null;
  byName: string;
  reason: string;
  at: string;
  expiresAt: string;
  runId: string | null;
  voidAt: string | null;
}

export type ApprovalState = 'none' | 'asked' | 'approved' | 'refused' | 'expired' | 'void' | 'used';

export interface Standing {
  state: ApprovalState;
  /** The word that makes it so. */
  word: ApprovalWord | null;
  /** Who asked for a second person, and why. */
  request: ApprovalWord | null;
}

/**
 * Where a plan stands by the words that were said of it: the newest answer to exactly this hash counts. The requester's
 * own word never does.
 */
export function standingOf(
  words: readonly ApprovalWord[],
  plan: { hash: string | null; requestedBy: string | null },
  now: Date,
): Standing {
  const about = words.filter((word) => word.planHash === plan.hash);
  const newest = (kinds: readonly ApprovalWord['kind'][]) =>
    about
      .filter((word) => kinds.includes(word.kind) && (word.kind === 'request' || !isOwn(word, plan)))
      .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))[0] ?? null;
  const request = newest(['request']);
  const word = newest(['approval', 'refusal']);
  if (!word) return { state: request ? 'asked' : 'none', word: null, request };
  if (word.kind === 'refusal') return { state: 'refused', word, request };
  if (word.voidAt !== null) return { state: 'void', word, request };
  if (word.runId !== null) return { state: 'used', word, request };
  return { state: Date.parse(word.expiresAt) > now.getTime() ? 'approved' : 'expired', word, request };
}

function isOwn(word: ApprovalWord, plan: { requestedBy: string | null }): boolean {
  return word.byId === null || word.byId === plan.requestedBy;
}
