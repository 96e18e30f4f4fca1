import { messageOf } from '@/lib/base/errors';
import type { Log } from '@/lib/base/server/log';
import type { JsonObject } from '@/lib/engine/define-job';
import type { KeyPair } from '@/lib/secrets/key-file';
import type { Store } from '@/lib/store/db';
import type { Notifier } from '@/lib/store/notify';
import { claimStorageTest, finishStorageTest, sweepStorageTests } from '@/lib/store/storage-tests';
import { openStorage } from '@/workers/storages/open-storage';
import { proveTypedCopy } from '@/workers/storages/prove-escrow';
import { type TestSteps, tryStorage } from '@/workers/storages/try-storage';

export interface StorageTesterOptions {
  db: Store;
  keyPair: KeyPair;
  log: Log;
  notifier: Pick<Notifier, 'hint'>;
  /** How often tests whose wake-up was lost are looked for. */
  sweepSeconds?: number;
}

export interface StorageTester {
  /** Runs a requested test to its end; one that another worker took, or that does not exist, is left alone. */
  test(id: string): Promise<void>;
  stop(): Promise<void>;
}

const wholeTestMs = 60_000;
const deadAfterSeconds = 120;

function asJson(steps: TestSteps): JsonObject {
  return { steps: steps.map((step) => ({ ...step })) };
}

function broken(sentence: string): TestSteps {
  return [{ title: 'Test', state: 'failed', sentence, next: 'Test again.' }];
}

/** Tries storages that people have entered before a backup is sent there, and copies of keys that they kept. */
export function startStorageTester(options: StorageTesterOptions): StorageTester {
  const { db, keyPair, log, notifier } = options;
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();

  const runOnce = async (id: string) => {
    const test = await claimStorageTest(db, id);
    if (!test) return;
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(wholeTestMs)]);
    let outcome: { ok: boolean; steps: TestSteps };
    try {
      const { storageId, dumpKeyId, sealed, sealedKeyId, requestedBy } = test;
      outcome =
        storageId !== null
          ? await tryStorage(() => openStorage(db, keyPair, storageId), id, signal)
          : dumpKeyId !== null && sealed !== null && sealedKeyId !== null
            ? await proveTypedCopy(db, keyPair, { id, dumpKeyId, sealed, sealedKeyId, requestedBy }, signal)
            : { ok: false, steps: broken('There is nothing to test.') };
    } catch (error) {
      log.error({ err: error, test: id }, 'a test of a storage broke');
      outcome = { ok: false, steps: broken(`The test itself broke: ${messageOf(error)}`) };
    }
    await finishStorageTest(db, id, outcome.ok, asJson(outcome.steps));
    notifier.hint('test', id);
  };
  const test = (id: string): Promise<void> => {
    const work =
      running.get(id) ??
      runOnce(id)
        .catch((error) => log.error({ err: error, test: id }, 'a test of a storage could not be stored'))
        .finally(() => running.delete(id));
    running.set(id, work);
    return work;
  };
  const sweep = async () => {
    const lost = asJson(broken('The worker that ran this test ended before it did.'));
    for (const id of await sweepStorageTests(db, deadAfterSeconds, lost)) void test(id);
  };
  const timer = setInterval(
    () => void sweep().catch((error) => log.warn({ err: error }, 'lost tests could not be looked for')),
    (options.sweepSeconds ?? 5) * 1000,
  );
  return {
    test,
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await Promise.all(running.values());
    },
  };
}
