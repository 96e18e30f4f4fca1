import type { OwnCheck } from '@/lib/contract/own-checks';
import type { CheckDescriptor } from '@/lib/engine/descriptors';
import { isOwnCheck, ownCheckApplies, ownCheckId, ownCheckName, ownCheckOf } from '@/lib/engine/own-checks';
import { catalogue, checkDescriptor } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';
import { findOwnCheck, listOwnChecks } from '@/lib/store/own-checks';

/** A check that people wrote, as the descriptors of the catalogue are. */
export function ownDescriptor(definition: OwnCheck): CheckDescriptor {
  return { id: ownCheckId(definition.name), ...ownCheckOf(definition) };
}

/**
 * Descriptors by id: the catalogue and people's own checks, those that were removed as well, since samples and
 * findings of them stay.
 */
export async function knownChecks(db: Store): Promise<ReadonlyMap<string, CheckDescriptor>> {
  const own = await listOwnChecks(db, { removed: true });
  return new Map(
    [...catalogue.checks, ...own.map(({ definition }) => ownDescriptor(definition))].map((check) => [
      check.id,
      check,
    ]),
  );
}

/** One check of the catalogue or of people's own. */
export async function knownCheck(db: Store, id: string): Promise<CheckDescriptor | undefined> {
  if (!isOwnCheck(id)) return checkDescriptor(id);
  const row = await findOwnCheck(db, ownCheckName(id));
  return row && ownDescriptor(row.definition);
}

/** What is asked of the servers of a cluster: the catalogue and the own checks that are switched on for it. */
export async function checksAsked(db: Store, clusterName: string): Promise<CheckDescriptor[]> {
  const own = await listOwnChecks(db, { removed: false });
  return [
    ...catalogue.checks,
    ...own
      .filter(({ enabled, definition }) => enabled && ownCheckApplies(definition, clusterName, ''))
      .map(({ definition }) => ownDescriptor(definition)),
  ];
}
