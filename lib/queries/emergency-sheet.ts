import { PlumblineError } from '@/lib/base/errors';
import type { EmergencySheetView } from '@/lib/contract/emergency-sheet';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { findEmergencySheet } from '@/lib/store/emergency-sheets';

/** @throws PlumblineError `not-found` without such a cluster. */
export async function emergencySheet(db: Store, clusterId: string): Promise<EmergencySheetView> {
  const cluster = await findCluster(db, clusterId);
  if (!cluster) throw new PlumblineError('not-found', 'There is no such cluster.');
  const found = await findEmergencySheet(db, clusterId);
  if (!found) return { clusterId, clusterName: cluster.name, sheet: null };
  const { clusterId: _, ...sheet } = found;
  return { clusterId, clusterName: cluster.name, sheet };
}
