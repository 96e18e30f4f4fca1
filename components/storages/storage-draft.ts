import type { NewStorage, StorageView } from '@/lib/contract/storages';

/** What the form of a storage holds: text as typed. */
export interface StorageDraft {
  name: string;
  endpoint: string;
  region: string;
  bucket: string;
  prefix: string;
  uriStyle: 'host' | 'path';
  verifyTls: boolean;
  tlsCa: string;
  accessKey: string;
  secretKey: string;
}

export const emptyStorage: StorageDraft = {
  ...{ name: '', endpoint: 'https://', region: 'us-east-1', bucket: '', prefix: '' },
  ...{ uriStyle: 'host', verifyTls: true, tlsCa: '', accessKey: '', secretKey: '' },
};

/** The keys are not known to the page: they are typed again when the place changes. */
export function draftOf(storage: StorageView): StorageDraft {
  const { name, endpoint, region, bucket, prefix, uriStyle, verifyTls, tlsCa } = storage;
  const plain = { name, endpoint, region, bucket, prefix, uriStyle, verifyTls };
  return { ...plain, tlsCa: tlsCa ?? '', accessKey: '', secretKey: '' };
}

/** As the API takes it; keys that were not typed are left out. */
export function bodyOf(draft: StorageDraft): NewStorage {
  const { accessKey, secretKey, tlsCa, ...plain } = draft;
  return {
    ...plain,
    tlsCa: tlsCa.trim() || null,
    ...(accessKey && { accessKey }),
    ...(secretKey && { secretKey }),
  } as NewStorage;
}
