import path from 'node:path';
import { PlumblineError } from '@/lib/base/errors';
import { formatBytes } from '@/lib/base/format';
import type { BackupRecord, JsonObject, PlanContext, PlanDraft } from '@/lib/engine/define-job';
import { databaseFolder } from '@/lib/procedures/dump-archive';
import { isWhole } from '@/lib/procedures/expiry-folder';

export interface UploadInput {
  backupId?: string;
  database?: string;
  storageId?: string;
  partMib: number;
}
export type UploadParams = {
  backupId: string;
  database: string;
  path: string;
  manifestSha256: string;
  storageId: string;
  keyId: string;
  objectKey: string;
} & JsonObject;

type Blockers = PlanDraft['blockers'];

async function chosenBackup(ctx: PlanContext, input: UploadInput): Promise<BackupRecord> {
  const backup = input.backupId
    ? await ctx.findBackup(input.backupId)
    : await ctx.newestBackup?.(input.database);
  if (backup?.type === 'logical' && backup.clusterId === ctx.target.clusterId) return backup;
  const message = input.backupId ? 'There is no such dump of this cluster.' : 'There is no dump to send yet.';
  throw new PlumblineError('bad-input', message, {
    fields: { backupId: message },
    next: 'Choose one of the cluster’s dumps, or take one first.',
  });
}

async function chosenStorage(ctx: PlanContext, input: UploadInput, blockers: Blockers) {
  const storages = await ctx.keeping.storages();
  const found = input.storageId
    ? storages.find(({ id }) => id === input.storageId)
    : storages.length === 1
      ? storages[0]
      : undefined;
  if (!found) {
    blockers.push({
      message:
        storages.length === 0
          ? 'There is no storage to send it to.'
          : input.storageId
            ? 'The storage was removed.'
            : 'There are several storages: one must be chosen.',
      next: 'Add or choose a storage (Admin, Storages).',
    });
  }
  return found;
}

/** Where the encrypted copy of a dump lies below the storage’s prefix: nothing in it needs quoting anywhere. */
function objectKeyOf(backup: BackupRecord): string {
  return `plumbline-dumps/${backup.clusterId}/${backup.id}.plbk`;
}

/** The dry run of an upload: which dump, where to, by which key. Reads only, and does not ask the storage. */
export async function planUpload(ctx: PlanContext, input: UploadInput): Promise<PlanDraft<UploadParams>> {
  const backup = await chosenBackup(ctx, input);
  const blockers: Blockers = [];
  const warnings: string[] = [];
  if (backup.state !== 'ready') {
    blockers.push({ message: `The backup is ${backup.state}.`, next: 'Choose one that is ready.' });
  } else if (backup.workerName !== ctx.workerName) {
    blockers.push({
      message: `The backup lies on the worker ${backup.workerName}, this is ${ctx.workerName}.`,
      next: `Let ${backup.workerName} run it.`,
    });
  }
  const storage = await chosenStorage(ctx, input, blockers);
  const key = await ctx.keeping.activeKey();
  if (!key) {
    blockers.push({
      message: 'There is no key to encrypt dumps with.',
      next: 'Make one (Admin, Storages) and keep its copy outside the console.',
    });
  } else if (!key.isEscrowProven) {
    warnings.push(
      `Nobody has proven the kept copy of the key ${key.keyId}: were the console lost, this copy could not be read. Prove it once this upload is there (Admin, Storages).`,
    );
  }
  const uploads = await ctx.keeping.uploads(backup.id);
  const there = uploads.find(({ storageId, state }) => storageId === storage?.id && state === 'ready');
  if (there) warnings.push('It is there already: it is only read back and checked again.');
  const objectKey = there?.objectKey ?? objectKeyOf(backup);
  const place = storage ? `${storage.name} (${storage.bucket})` : 'a storage';
  return {
    summary: `Encrypt the dump of “${backup.database}” of ${backup.finishedAt} and send it to ${place}, then read it back whole.`,
    acts: [
      { step: 'check', argv: ['sha256', backup.path], as: 'the worker' },
      {
        step: 'send',
        argv: ['put', `${place}: ${objectKey}`],
        as: `encrypted with the key ${key?.keyId ?? '…'}`,
      },
      { step: 'verify', argv: ['get', `${place}: ${objectKey}`] },
    ],
    params: {
      backupId: backup.id,
      database: backup.database ?? '',
      path: backup.path,
      manifestSha256: String(backup.facts.manifestSha256 ?? ''),
      storageId: storage?.id ?? '',
      keyId: there?.keyId ?? key?.keyId ?? '',
      objectKey,
    },
    warnings,
    blockers,
    estimates: [{ label: 'To send, and to read back', value: backup.bytes, unit: 'bytes' }],
  };
}

export interface FetchInput {
  backupId: string;
  storageId?: string;
}
export type FetchParams = {
  backupId: string;
  database: string;
  folder: string;
  manifestSha256: string;
  uploadId: string;
  storageId: string;
  objectKey: string;
} & JsonObject;

/** The dry run of bringing a dump back from a storage into this worker’s repository. Reads only. */
export async function planFetch(ctx: PlanContext, input: FetchInput): Promise<PlanDraft<FetchParams>> {
  const backup = await ctx.findBackup(input.backupId);
  if (backup?.type !== 'logical' || backup.clusterId !== ctx.target.clusterId) {
    const message = 'There is no such dump of this cluster.';
    throw new PlumblineError('bad-input', message, { fields: { backupId: message } });
  }
  const blockers: Blockers = [];
  const warnings: string[] = [];
  const uploads = (await ctx.keeping.uploads(backup.id)).filter(({ state }) => state === 'ready');
  const upload = input.storageId
    ? uploads.find(({ storageId }) => storageId === input.storageId)
    : uploads[0];
  if (!upload) {
    blockers.push({
      message: 'No storage holds a whole copy of it.',
      next: 'Choose a backup that was sent to a storage.',
    });
  }
  const database = backup.database ?? '';
  const folder = databaseFolder(ctx.repositoryDir, ctx.target.clusterName, database);
  const final = path.join(folder, backup.id);
  if (isWhole(final)) {
    blockers.push({
      message: `It is here already: ${final}.`,
      next: 'Drill it. If it is damaged, move the folder away first.',
    });
  } else if (backup.state === 'ready' && backup.workerName !== ctx.workerName) {
    warnings.push(
      `The console still counts on the files on ${backup.workerName}; afterwards it counts on those of ${ctx.workerName}.`,
    );
  }
  const free = await ctx.freeBytes('repository');
  if (free < backup.bytes * 1.2) {
    blockers.push({
      message: `The repository has ${formatBytes(free)} free; the dump needs ${formatBytes(backup.bytes)}.`,
      next: 'Free space there, then plan again.',
    });
  }
  return {
    summary: `Bring the dump of “${database}” of ${backup.finishedAt} back from ${upload?.storageName ?? 'a storage'} to ${ctx.workerName}, decrypted and compared with its manifest.`,
    acts: [
      { step: 'fetch', argv: ['get', `${upload?.storageName ?? '…'}: ${upload?.objectKey ?? '…'}`] },
      { step: 'publish', argv: ['mv', path.join(folder, `${backup.id}.{epoch}.partial`), final] },
    ],
    params: {
      backupId: backup.id,
      database,
      folder,
      manifestSha256: String(backup.facts.manifestSha256 ?? ''),
      uploadId: upload?.id ?? '',
      storageId: upload?.storageId ?? '',
      objectKey: upload?.objectKey ?? '',
    },
    warnings,
    blockers,
    estimates: [
      { label: 'To read', value: upload?.objectBytes ?? null, unit: 'bytes' },
      { label: 'Free in the repository', value: free, unit: 'bytes' },
    ],
  };
}
