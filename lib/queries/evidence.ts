import { PlumblineError } from '@/lib/base/errors';
import type { Evidence } from '@/lib/contract/evidence';
import { titleOfKind } from '@/lib/queries/jobs';
import type { Store } from '@/lib/store/db';
import { listEvidence } from '@/lib/store/proof-reads';

/** Evidence as pages show it. */
export async function evidenceOf(
  db: Store,
  filter: { id?: string; runId?: string; clusterId?: string; type?: string },
): Promise<Evidence[]> {
  const rows = await listEvidence(db, filter);
  return rows.map(({ runKind, ...row }) => ({ ...row, runTitle: titleOfKind(runKind) }));
}

/** @throws PlumblineError `not-found` */
export async function evidence(db: Store, id: string): Promise<Evidence> {
  const [found] = await evidenceOf(db, { id });
  if (found) return found;
  throw new PlumblineError('not-found', 'There is no such evidence.', {
    next: 'See the run that it was of.',
  });
}
