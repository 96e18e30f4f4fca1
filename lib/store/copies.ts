import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';

export interface CopyRow {
  id: string;
  clusterId: string;
  runId: string;
  backupId: string | null;
  workerName: string;
  directory: string;
  major: number;
  /** The moment that was asked for. */
  target: JsonObject;
  mode: 'paused' | 'promoted';
  state: 'open' | 'closing' | 'closed' | 'lost';
  /** The moment that it stands at. */
  reached: JsonObject;
  facts: JsonObject;
  problem: string | null;
  openedAt: string;
  expiresAt: string;
  closedAt: string | null;
}

/** Copies, newest first: of one cluster, one worker, one id, or all; `openOnly` leaves out those that are gone. */
export async function listCopies(
  db: Store,
  of: { clusterId?: string; workerName?: string; id?: string; openOnly?: boolean },
): Promise<CopyRow[]> {
  let query = db
    .selectFrom('copies')
    .select([
      'id',
      'cluster_id as clusterId',
      'run_id as runId',
      'backup_id as backupId',
      'worker_name as workerName',
      'directory',
      'major',
      'target',
      'mode',
      'state',
      'reached',
      'facts',
      'problem',
      'opened_at as openedAt',
      'expires_at as expiresAt',
      'closed_at as closedAt',
    ])
    .orderBy('opened_at', 'desc')
    .limit(500);
  if (of.clusterId) query = query.where('cluster_id', '=', of.clusterId);
  if (of.workerName) query = query.where('worker_name', '=', of.workerName);
  if (of.id) query = query.where('id', '=', of.id);
  if (of.openOnly) query = query.where('state', 'in', ['open', 'closing']);
  return query.execute();
}
