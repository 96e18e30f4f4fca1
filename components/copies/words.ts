import type { Copy } from '@/lib/contract/copies';

/** The moment that a copy stands at (ISO 8601); null when its last commit is not known. */
export function momentOfCopy({ reached, target }: Copy): string | null {
  const at = reached.at ?? target.at;
  return typeof at === 'string' ? at : null;
}

/** Where it stands when there is no moment: a position in the WAL. */
export function placeOfCopy({ reached }: Copy): string {
  return typeof reached.lsn === 'string' ? `at ${reached.lsn}` : 'at the end of its backup';
}

/** How a copy is called in a list to choose from. */
export function nameOfCopy(copy: Copy): string {
  const moment = momentOfCopy(copy);
  return moment === null ? placeOfCopy(copy) : `as of ${moment.replace('T', ' ').slice(0, 19)} UTC`;
}
