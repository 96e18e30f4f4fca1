import type { RepositoryEscrow } from '@/lib/contract/stanzas';
import { escrowHoldsSeconds } from '@/lib/engine/escrow';
import { catalogue } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';
import { type EscrowTrial, escrowsOfRepositories } from '@/lib/store/escrows';

/** What is known of the kept copies of a cluster's repositories, by their number; one that is not encrypted has none. */
export async function repositoryEscrows(
  db: Store,
  clusterId: string,
  now: Date = new Date(),
): Promise<(ordinal: number) => RepositoryEscrow> {
  const escrows = await escrowsOfRepositories(db, clusterId);
  const kind = catalogue.jobs.find(({ shows }) => shows === 'escrow')?.id ?? null;
  return (ordinal) => {
    const found = escrows.find((one) => one.ordinal === ordinal);
    if (!found) return null;
    const { proven, refused } = found;
    const age = proven ? (now.getTime() - Date.parse(proven.at)) / 1000 : 0;
    return {
      proven: proven && trialView(proven),
      isStale: age > escrowHoldsSeconds,
      refused: refused && trialView(refused),
      kind,
    };
  };
}

function trialView({ at, by, runId, link }: EscrowTrial): NonNullable<RepositoryEscrow>['proven'] {
  return { at, by, runId, evidenceId: link?.kind === 'evidence' ? link.id : null };
}
