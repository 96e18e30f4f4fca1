import { randomBytes } from 'node:crypto';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { StorageTest } from '@/lib/contract/storages';
import type { ObjectStore } from '@/lib/engine/object-store';

export type TestSteps = StorageTest['steps'];

/** Objects of ours that are no backup lie here, and are gone when a test ends. */
const testFolder = 'plumbline-test';

/** Does one thing after another until one fails; each says what it was, and what is skipped says so. */
export async function trySteps(
  parts: readonly { title: string; does: () => Promise<string> }[],
): Promise<{ ok: boolean; steps: TestSteps }> {
  const steps: TestSteps = [];
  let ok = true;
  for (const { title, does } of parts) {
    if (!ok) {
      steps.push({ title, state: 'skipped', sentence: 'Not tried after what failed before it.', next: null });
      continue;
    }
    try {
      steps.push({ title, state: 'ok', sentence: await does(), next: null });
    } catch (error) {
      ok = false;
      const next = error instanceof PlumblineError ? (error.next ?? null) : null;
      steps.push({ title, state: 'failed', sentence: messageOf(error), next });
    }
  }
  return { ok, steps };
}

/**
 * Does with a small object of its own all that an upload does: write, read back, upload in parts, delete. Leaves nothing there.
 */
export function tryStorage(
  open: () => Promise<ObjectStore>,
  id: string,
  signal: AbortSignal,
): Promise<{ ok: boolean; steps: TestSteps }> {
  const key = `${testFolder}/${id}`;
  const content = randomBytes(64);
  let store: ObjectStore;
  return trySteps([
    {
      title: 'Open its keys',
      does: async () => {
        store = await open();
        return 'The keys were entered for this place.';
      },
    },
    {
      title: 'Write an object',
      does: async () => {
        await store.put(key, content, signal);
        return `Wrote 64 bytes to ${store.shownName}.`;
      },
    },
    {
      title: 'Read it back',
      does: async () => {
        const found = await store.range(key, 0, content.length - 1, signal);
        if (!found.equals(content)) {
          throw new PlumblineError('tool-failed', 'What came back is not what was written.', {
            next: 'Do not send backups there.',
          });
        }
        return 'It came back as it was written.';
      },
    },
    {
      title: 'Upload it in parts',
      does: async () => {
        const multipart = await store.beginMultipart(key, signal);
        const part = await store.putPart(key, multipart, 1, content, signal);
        await store.complete(key, multipart, [part], signal);
        return 'A part was taken, and made an object.';
      },
    },
    {
      title: 'Delete it',
      does: async () => {
        await store.remove(key, signal);
        if (await store.head(key, signal)) {
          throw new PlumblineError('tool-failed', 'The object is still there after it was deleted.', {
            next: 'Allow the key to delete objects below the prefix; else expired backups stay.',
          });
        }
        return 'It is gone.';
      },
    },
  ]);
}
