import type { Source } from '@/workers/collector/sources/source';
import { makeStatementsSource } from '@/workers/collector/sources/statements';

/** Every source by the name that a check's `rowsFrom` gives. */
export const sourceMakers: Readonly<Record<string, () => Source>> = {
  statements: makeStatementsSource,
};
