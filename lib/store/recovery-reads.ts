import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

export interface NewestProof {
  backup: { id: string; at: string } | null;
  drill: { runId: string; at: string; verdict: string } | null;
}

/** Per cluster: its newest backup that is still there, and its newest restore drill with what that proved. */
export async function newestProofs(db: Store): Promise<Map<string, NewestProof>> {
  const [backups, drills] = await Promise.all([
    db
      .selectFrom('backups')
      .distinctOn('cluster_id')
      .select(['cluster_id', 'id', 'finished_at as at'])
      .where('state', '=', 'ready')
      .orderBy('cluster_id')
      .orderBy('finished_at', 'desc')
      .execute(),
    db
      .selectFrom('evidence')
      .distinctOn('cluster_id')
      .select(['cluster_id', 'run_id as runId', 'observed_at as at', sql<string>`verdict`.as('verdict')])
      .where('type', '=', 'drill')
      .orderBy('cluster_id')
      .orderBy('observed_at', 'desc')
      .execute(),
  ]);
  const proofs = new Map<string, NewestProof>();
  const proofOf = (clusterId: string): NewestProof => {
    const known = proofs.get(clusterId) ?? { backup: null, drill: null };
    proofs.set(clusterId, known);
    return known;
  };
  for (const { cluster_id, id, at } of backups) proofOf(cluster_id).backup = { id, at };
  for (const { cluster_id, runId, at, verdict } of drills) proofOf(cluster_id).drill = { runId, at, verdict };
  return proofs;
}
