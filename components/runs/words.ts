import type { Job } from '@/lib/contract/jobs';

export const riskWords: Record<Job['risk'], string> = {
  read: 'reads only',
  low: 'low risk',
  high: 'high risk',
};

export const riskMeanings: Record<Job['risk'], string> = {
  read: 'Changes nothing and starts at once.',
  low: 'Shows its plan first; one click starts it.',
  high: 'Shows its plan first; the target’s name must be typed to start it.',
};

export const loginWords: Record<Job['as'], string> = {
  watch: 'watch login',
  backup: 'backup login',
  operate: 'operate login',
};

export const runsOnWords: Record<Job['runsOn'], string> = {
  primary: 'the primary',
  standby: 'a standby',
  any: 'any server',
};

export const safetyWords = {
  pure: 'changes nothing: repeated after a crash',
  idempotent: 'repeated after a crash, with the same result',
  probeable: 'after a crash the server is asked whether it was done',
  once: 'after a crash a person decides',
} as const;

/** An act as one can paste it: words that a shell would split are quoted, in the way that is easier to read. */
export function argvText(argv: readonly string[]): string {
  return argv.map(quotedWord).join(' ');
}

function quotedWord(word: string): string {
  if (/^[\w@%+=:,./{}-]+$/.test(word)) return word;
  if (word.includes("'") && !/["$`\\!]/.test(word)) return `"${word}"`;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
