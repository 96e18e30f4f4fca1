import { z } from 'zod';
import type { Store } from '@/lib/store/db';
import { listDumpKeys } from '@/lib/store/dump-keys';
import { stanzaOfCluster } from '@/lib/store/stanzas';
import { listUploads } from '@/lib/store/uploads';

/** A try of a kept copy: when, and where its evidence is. */
export interface EscrowTrial {
  /** ISO 8601. */
  at: string;
  by: string;
  link: { kind: 'evidence' | 'backup'; id: string } | null;
  /** The run that tried it, where it was one. */
  runId: string | null;
}

/** What opens something that is kept of a cluster, and what is known of the copy that people keep of it. */
export interface Escrow {
  /** `repository 1`, `the dumps’ key 3F2A…`. */
  name: string;
  /** Of a repository: its row and number. */
  repositoryId: string | null;
  ordinal: number | null;
  proven: EscrowTrial | null;
  /** The newest try, where it is later than any proof and the copy opened nothing. */
  refused: EscrowTrial | null;
}

const factsSchema = z.object({
  repositoryId: z.string(),
  path: z.string(),
  storageId: z.string().nullable().default(null),
  typedBy: z.string().nullable(),
});
const proofSchema = z.object({ objectKey: z.string() });

/** Enough for years of tries by people. */
const trialsAtMost = 500;

/** Every pass and key that a cluster’s saved data cannot be read without; empty when nothing of it is encrypted. */
export async function escrowsOfCluster(db: Store, clusterId: string): Promise<Escrow[]> {
  const [repositories, keys] = await Promise.all([
    escrowsOfRepositories(db, clusterId),
    escrowsOfDumpKeys(db, clusterId),
  ]);
  return [...repositories, ...keys];
}

/** Of each encrypted repository of the cluster's stanza, in order. A proof counts for the place that it was made at. */
export async function escrowsOfRepositories(db: Store, clusterId: string): Promise<Escrow[]> {
  const stanza = await stanzaOfCluster(db, clusterId);
  const encrypted = stanza?.repositories.filter(({ isEncrypted }) => isEncrypted) ?? [];
  if (encrypted.length === 0) return [];
  const rows = await db
    .selectFrom('evidence')
    .innerJoin('runs', 'runs.id', 'evidence.run_id')
    .select(['evidence.id', 'evidence.run_id as runId', 'evidence.verdict', 'evidence.facts'])
    .select(['evidence.observed_at as at', 'runs.requested_by_name as startedBy'])
    .where('evidence.cluster_id', '=', clusterId)
    .where('evidence.type', '=', 'escrow')
    .orderBy('evidence.observed_at', 'desc')
    .limit(trialsAtMost)
    .execute();
  return encrypted.map(({ id, ordinal, path, storageId }) => {
    const trials = rows.flatMap((row) => {
      const facts = factsSchema.safeParse(row.facts).data;
      const isHere = facts?.repositoryId === id && facts.path === path && facts.storageId === storageId;
      if (!facts || !isHere) return [];
      const link = { kind: 'evidence' as const, id: row.id };
      const { verdict, at, runId } = row;
      return [{ verdict, trial: { at, by: facts.typedBy ?? row.startedBy, link, runId } }];
    });
    const place = trials.findIndex(({ verdict }) => verdict === 'pass');
    const later = place < 0 ? trials : trials.slice(0, place);
    return {
      name: `repository ${ordinal}`,
      ...{ repositoryId: id, ordinal },
      proven: trials[place]?.trial ?? null,
      refused: later.find(({ verdict }) => verdict === 'fail')?.trial ?? null,
    };
  });
}

async function escrowsOfDumpKeys(db: Store, clusterId: string): Promise<Escrow[]> {
  const uploads = await listUploads(db, { clusterId, readyOnly: true });
  const used = new Set(uploads.map(({ keyId }) => keyId));
  if (used.size === 0) return [];
  const keys = (await listDumpKeys(db)).filter(({ key_id }) => used.has(key_id));
  return keys.map((key) => {
    const proof = proofSchema.safeParse(key.escrow_proof).data;
    // One key encrypts dumps of several clusters: what it was proven with may be another's.
    const tried = uploads.find(({ objectKey }) => objectKey === proof?.objectKey);
    const shown = tried ?? uploads.find(({ keyId }) => keyId === key.key_id);
    const at = key.escrow_proven_at;
    return {
      name: `the dumps’ key ${key.key_id}`,
      repositoryId: null,
      ordinal: null,
      proven:
        at === null || !proof
          ? null
          : {
              at,
              by: key.escrow_proven_by ?? '',
              link: shown ? { kind: 'backup' as const, id: shown.backupId } : null,
              runId: null,
            },
      refused: null,
    };
  });
}
