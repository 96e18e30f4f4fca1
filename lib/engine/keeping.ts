import type { RetentionPolicy } from '@/lib/contract/retention';
import type { ObjectStore } from '@/lib/engine/object-store';
import type { RetentionBackup } from '@/lib/engine/retention';
import type { SentPart, UploadLayout } from '@/lib/engine/upload-layout';

/** A backup of the cluster with where it lies. */
export interface ShelvedBackup extends RetentionBackup {
  workerName: string;
  path: string;
  /** Taken off the shelf by an earlier run that did not come to removing its files. */
  isHalfGone: boolean;
}

/** A dump's copy in a storage, whole or on its way. */
export interface UploadRecord {
  id: string;
  backupId: string;
  clusterId: string;
  storageId: string;
  storageName: string;
  keyId: string;
  objectKey: string;
  state: 'uploading' | 'ready';
  layout: UploadLayout;
  multipartId: string | null;
  parts: SentPart[];
  objectBytes: number | null;
  database: string | null;
  /** Of the backup. */
  finishedAt: string;
}

/** What planning may know of what is kept: everything is read from the console’s own rows. */
export interface KeepingReads {
  policy(): Promise<RetentionPolicy>;
  /** Backups that are not gone, with what works with them now; other runs of the same kind do not count as use. */
  shelf(): Promise<ShelvedBackup[]>;
  /** Copies in storages of one backup, or of all of the cluster. */
  uploads(backupId?: string): Promise<UploadRecord[]>;
  storages(): Promise<{ id: string; name: string; bucket: string }[]>;
  /** The key that new uploads are encrypted with, and whether somebody has proven the kept copy of it. */
  activeKey(): Promise<{ keyId: string; isEscrowProven: boolean } | undefined>;
}

/** What a step may do about it. */
export interface Keeping extends KeepingReads {
  /**
   * Takes a backup off the shelf unless something speaks for it at this moment, judged anew: then it says what. From
   * then on nobody starts to use it, and whoever began before is found. `isWhole`: all its files are still there, so
   * that it could be put back.
   */
  expire(backupId: string, isWhole: boolean): Promise<{ kept: string | null }>;
  /** Its files are gone. */
  removed(backupId: string, why: string): Promise<void>;
  /** It is back on this worker, as it was. */
  returned(backupId: string, path: string): Promise<void>;
  /** @throws PlumblineError when it cannot be opened. */
  openStorage(storageId: string): Promise<ObjectStore>;
  /** 32 bytes. @throws PlumblineError `not-found` when the console has no such key. */
  dumpKey(keyId: string): Promise<Uint8Array>;
  /** A typed copy of this key has decrypted a whole object, and what was in it was restored. */
  escrowProven(
    keyId: string,
    by: string,
    proof: { objectKey: string; storage: string; runId: string },
  ): Promise<void>;
  /** Goes on with an upload of the same files, key and layout, or begins one. */
  beginUpload(of: {
    backupId: string;
    storageId: string;
    keyId: string;
    objectKey: string;
    layout: UploadLayout;
  }): Promise<UploadRecord>;
  recordParts(uploadId: string, multipartId: string | null, parts: readonly SentPart[]): Promise<void>;
  finishUpload(uploadId: string, objectBytes: number): Promise<void>;
  forgetUpload(uploadId: string): Promise<void>;
}
