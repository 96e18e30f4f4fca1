import { PlumblineError } from '@/lib/base/errors';
import { plural } from '@/lib/base/format';
import { type StorageTest, type StorageView, storageTestSchema } from '@/lib/contract/storages';
import type { Store } from '@/lib/store/db';
import { secretNames } from '@/lib/store/sealed-secrets';
import { findStorageTest, latestStorageTests, type StorageTestRow } from '@/lib/store/storage-tests';
import { listStorages, storageUses } from '@/lib/store/storages';

/** A test as people see it; one that has not ended has no steps yet. */
export function storageTestView(row: StorageTestRow): StorageTest {
  const steps = storageTestSchema.shape.steps.safeParse(row.result?.steps);
  const { id, state, ok, requestedAt, finishedAt } = row;
  return { id, state, ok, requestedAt, finishedAt, steps: steps.success ? steps.data : [] };
}

/** Places that backups are sent to, with what stands on each and how its last test went. */
export async function storages(db: Store): Promise<{ items: StorageView[] }> {
  const [rows, uses, tests] = await Promise.all([listStorages(db), storageUses(db), latestStorageTests(db)]);
  const items = await Promise.all(
    rows.map(async (row): Promise<StorageView> => {
      const test = tests.get(row.id);
      const of = uses.get(row.id);
      const names = await secretNames(db, { subjectKind: 'storage', subjectId: row.id });
      const count = (amount: number, one: string) => (amount > 0 ? [plural(amount, one)] : []);
      return {
        ...{ id: row.id, name: row.name, endpoint: row.endpoint, region: row.region, bucket: row.bucket },
        ...{ prefix: row.prefix, uriStyle: row.uri_style, verifyTls: row.verify_tls, tlsCa: row.tls_ca },
        hasKeys: names.length >= 2,
        createdAt: row.created_at,
        createdByName: row.created_by_name,
        usedBy: [
          ...(of?.repositories ?? []),
          ...count(of?.uploads ?? 0, 'uploaded backup'),
          ...count(of?.uploading ?? 0, 'unfinished upload'),
        ],
        uploads: { ready: of?.uploads ?? 0, bytes: of?.uploadBytes ?? 0 },
        latestTest: test ? storageTestView(test) : null,
      };
    }),
  );
  return { items };
}

/** How a test of a storage or of a key's copy goes. @throws PlumblineError `not-found` */
export async function storageTest(db: Store, id: string): Promise<StorageTest> {
  const row = await findStorageTest(db, id);
  if (row) return storageTestView(row);
  throw new PlumblineError('not-found', 'There is no such test.', { next: 'Test again.' });
}
