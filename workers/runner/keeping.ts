import { PlumblineError } from '@/lib/base/errors';
import type { Keeping, KeepingReads } from '@/lib/engine/keeping';
import { findDumpKey, markEscrowProven } from '@/lib/store/dump-keys';
import { expireBackup, markRemoved, markReturned, policyOf, shelfOf } from '@/lib/store/retention';
import { fenced, type Held } from '@/lib/store/run-claims';
import { listStorages } from '@/lib/store/storages';
import { beginUpload, finishUpload, forgetUpload, listUploads, recordParts } from '@/lib/store/uploads';
import type { RunnerDeps } from '@/workers/runner/deps';

/** Kinds that take backups away: their own runs are no use of a backup. */
function takersAway(jobs: RunnerDeps['jobs']): string[] {
  return Object.entries(jobs)
    .filter(([, job]) => job.shows === 'expiry')
    .map(([kind]) => kind);
}

/** What planning may know of what is kept of a cluster. */
export function keepingReads(deps: RunnerDeps, clusterId: string): KeepingReads {
  const { db } = deps;
  return {
    policy: () => policyOf(db, clusterId),
    shelf: () => shelfOf(db, clusterId, takersAway(deps.jobs)),
    uploads: (backupId) => listUploads(db, { clusterId, backupId }),
    storages: async () => (await listStorages(db)).map(({ id, name, bucket }) => ({ id, name, bucket })),
    activeKey: async () => {
      const key = await findDumpKey(db, 'active');
      return key && { keyId: key.key_id, isEscrowProven: key.escrow_proven_at !== null };
    },
  };
}

/** What a step may do about it, each write in its run's epoch. */
export function keeping(deps: RunnerDeps, clusterId: string, held: Held): Keeping {
  const { db } = deps;
  return {
    ...keepingReads(deps, clusterId),
    expire: (backupId, isWhole) =>
      expireBackup(db, held, backupId, {
        exceptKinds: takersAway(deps.jobs),
        isWhole,
        now: new Date(),
      }),
    removed: (backupId, why) => markRemoved(db, held, backupId, why),
    returned: (backupId, path) =>
      markReturned(db, held, { id: backupId, path, workerName: deps.worker.name }),
    openStorage: (id) => deps.storages.open(id),
    dumpKey: async (keyId) => {
      const row = await findDumpKey(db, { keyId });
      if (row) return deps.storages.dumpKey(row.id, keyId);
      throw new PlumblineError('not-found', `The console has no key ${keyId}.`, {
        next: 'Bring back the console’s own dump that has it, or decrypt with the copy that was kept.',
      });
    },
    escrowProven: (keyId, by, proof) =>
      fenced(db, held, async (trx) => {
        const row = await findDumpKey(trx, { keyId });
        if (row) await markEscrowProven(trx, row.id, by, proof);
      }),
    beginUpload: (of) => beginUpload(db, held, of),
    recordParts: (id, multipartId, parts) => recordParts(db, held, id, multipartId, parts),
    finishUpload: (id, bytes) => finishUpload(db, held, id, bytes),
    forgetUpload: (id) => forgetUpload(db, held, id),
  };
}
