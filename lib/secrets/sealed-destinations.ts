import type { SecretBinding } from '@/lib/secrets/sealed-secret';

/** Where the keys of a storage are sent: to this bucket of this endpoint alone. */
export function storageBinding(
  storage: {
    id: string;
    endpoint: string;
    bucket: string;
    region: string;
    uriStyle: string;
    verifyTls: boolean;
  },
  name: 'access-key' | 'secret-key',
): SecretBinding {
  const { endpoint, bucket, region, uriStyle, verifyTls } = storage;
  return {
    subjectKind: 'storage',
    subjectId: storage.id,
    name,
    destination: { endpoint, bucket, region, uriStyle, verifyTls },
  };
}

/** What the pass of a repository opens: the repository at this place and no other. */
export function repositoryBinding(repository: {
  id: string;
  stanzaId: string;
  ordinal: number;
  storageId: string | null;
  path: string;
}): SecretBinding {
  const { stanzaId, ordinal, storageId, path } = repository;
  return {
    subjectKind: 'repository',
    subjectId: repository.id,
    name: 'cipher-pass',
    destination: { stanzaId, ordinal, storageId, path },
  };
}

/** A key of dumps goes nowhere: it is used on a worker, as the key that its row names. */
export function dumpKeyBinding(row: { id: string; keyId: string }): SecretBinding {
  return { subjectKind: 'dump-key', subjectId: row.id, name: 'key', destination: { keyId: row.keyId } };
}

/** What somebody typed as the kept copy of a key: for one test of one key. */
export function typedCopyBinding(test: { id: string; keyId: string }): SecretBinding {
  return {
    subjectKind: 'dump-key',
    subjectId: test.id,
    name: 'typed-copy',
    destination: { keyId: test.keyId },
  };
}

/** What somebody typed as the kept copy of a key of dumps: for one plan. */
export function typedKeyBinding(copy: { id: string; planId: string }, keyId: string): SecretBinding {
  return {
    subjectKind: 'typed-copy',
    subjectId: copy.id,
    name: 'dump-key',
    destination: { keyId, planId: copy.planId },
  };
}

/** What somebody typed as the kept copy of a repository's pass: for one plan, and for the repository at this place. */
export function typedPassBinding(
  copy: { id: string; planId: string },
  repository: Parameters<typeof repositoryBinding>[0],
): SecretBinding {
  const { destination } = repositoryBinding(repository);
  return {
    subjectKind: 'typed-copy',
    subjectId: copy.id,
    name: 'cipher-pass',
    destination: { ...destination, repositoryId: repository.id, planId: copy.planId },
  };
}
