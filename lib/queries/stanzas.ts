import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import type { StanzaSetup } from '@/lib/contract/stanzas';
import { repositoryEscrows } from '@/lib/queries/escrows';
import { catalogue } from '@/lib/registry/descriptors';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { listInstances } from '@/lib/store/instances';
import { workerBeside } from '@/lib/store/plan-queue';
import { countPhysicalBackups } from '@/lib/store/stanza-setup';
import { stanzaOfCluster } from '@/lib/store/stanzas';
import { listStorages } from '@/lib/store/storages';

const retentionSchema = z.object({ retention: z.record(z.string(), z.string()) });
const schedulesSchema = z.object({ schedules: z.array(z.object({ file: z.string(), line: z.string() })) });

/** The kind that shows this type of evidence: an act is found by what it leaves. */
const kindOf = (shows: string) => catalogue.jobs.find((job) => job.shows === shows)?.id ?? null;

/** What is set up for physical backups of a cluster. @throws PlumblineError `not-found` */
export async function stanzaSetup(db: Store, clusterId: string): Promise<StanzaSetup> {
  const cluster = await findCluster(db, clusterId);
  if (!cluster) {
    throw new PlumblineError('not-found', 'There is no such cluster.', {
      next: 'It may have been removed; look at the list of clusters.',
    });
  }
  const [stanza, storages, instances, beside, physicalBackups, escrowOf] = await Promise.all([
    stanzaOfCluster(db, clusterId),
    listStorages(db),
    listInstances(db, clusterId),
    workerBeside(db, { clusterId, instanceId: null }),
    countPhysicalBackups(db, clusterId),
    repositoryEscrows(db, clusterId),
  ]);
  return {
    cluster: { id: cluster.id, name: cluster.name, environment: cluster.environment },
    stanza: stanza
      ? {
          ...{ id: stanza.id, name: stanza.name, state: stanza.state, isManaged: stanza.isManaged },
          ...{ configPath: stanza.configPath, workerName: stanza.workerName },
          dataDirectory: stanza.dataDirectory,
          instanceName: instances.find(({ id }) => id === stanza.instanceId)?.name ?? null,
          repositories: stanza.repositories.map(({ ordinal, path, storageId, isEncrypted, options }) => ({
            ...{ ordinal, path, isEncrypted, escrow: escrowOf(ordinal) },
            storageName: storages.find(({ id }) => id === storageId)?.name ?? null,
            retention: retentionSchema.safeParse(options).data?.retention ?? {},
          })),
          schedules: schedulesSchema.safeParse(stanza.facts).data?.schedules ?? [],
        }
      : null,
    workerBeside: beside ?? null,
    kinds: {
      setUp: kindOf('archiving'),
      adopt: kindOf('stanza-adopted'),
      takeOver: kindOf('stanza-taken-over'),
      backup: kindOf('backup-set'),
    },
    physicalBackups,
  };
}
