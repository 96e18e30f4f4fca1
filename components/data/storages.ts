'use client';

import { useApi } from '@/components/data/use-api';
import { dumpKeysSchema, storagesSchema, storageTestSchema } from '@/lib/contract/storages';

export const storagesPath = '/api/v1/storages';
export const dumpKeysPath = '/api/v1/dump-keys';

export function useStorages() {
  return useApi(storagesPath, storagesSchema, { topics: ['test', 'run'] });
}

export function useDumpKeys() {
  return useApi(dumpKeysPath, dumpKeysSchema, { topics: ['test', 'run'] });
}

/** A test of a storage or of a key's copy, asked for each second until it has ended: people wait for it. */
export function useStorageTest(id: string, done: boolean) {
  return useApi(`/api/v1/storage-tests/${id}`, storageTestSchema, {
    topics: [`test:${id}`],
    pollSeconds: done ? 3600 : 1,
    enabled: id !== '',
  });
}
