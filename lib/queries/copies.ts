import { PlumblineError } from '@/lib/base/errors';
import type { Copy } from '@/lib/contract/copies';
import { type CopyRow, copyPlaces, listCopies } from '@/lib/store/copies';
import type { Store } from '@/lib/store/db';

function view(row: CopyRow, place: { clusterName: string; instanceId: string | null } | undefined): Copy {
  const { clusterId, directory: _directory, facts: _facts, target, reached, ...rest } = row;
  return {
    ...rest,
    cluster: { id: clusterId, name: place?.clusterName ?? '' },
    instanceId: place?.instanceId ?? null,
    target: target as Copy['target'],
    reached: reached as Copy['reached'],
  };
}

/** Copies, newest first, closed ones too unless only open ones are asked for. */
export async function copies(
  db: Store,
  of: { clusterId?: string; open?: boolean; id?: string },
): Promise<{ items: Copy[] }> {
  const rows = await listCopies(db, {
    clusterId: of.clusterId,
    id: of.id,
    openOnly: of.open,
  });
  const places = await copyPlaces(db, [...new Set(rows.map(({ clusterId }) => clusterId))]);
  return { items: rows.map((row) => view(row, places.get(row.clusterId))) };
}

/** @throws PlumblineError `not-found` */
export async function copy(db: Store, id: string): Promise<Copy> {
  const [found] = (await copies(db, { id })).items;
  if (found) return found;
  throw new PlumblineError('not-found', 'There is no such copy.', {
    next: 'Open one from the cluster’s restore page.',
  });
}
