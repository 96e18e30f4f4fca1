'use client';

import { TestSteps } from '@/components/cluster/test-steps';
import { useStorageTest } from '@/components/data/storages';
import { Age } from '@/components/ui/age';
import { StatusMark } from '@/components/ui/status-mark';
import type { StorageTest } from '@/lib/contract/storages';

/** The newest test of a storage or of a key's copy: its outcome in a line, its steps below. */
export function StorageTestResult({ latest }: { latest: StorageTest }) {
  const live = useStorageTest(latest.id, latest.state === 'done').data;
  const test = live ?? latest;
  if (test.state !== 'done') {
    return (
      <p className="text-sm" aria-live="polite">
        <StatusMark status={test.state === 'requested' ? 'queued' : 'running'} />{' '}
        {test.state === 'requested' ? 'Waiting for a worker.' : 'A worker tries it.'}
      </p>
    );
  }
  const failed = test.steps.find(({ state }) => state === 'failed');
  return (
    <details open={!test.ok} className="text-sm">
      <summary className="cursor-pointer" aria-live="polite">
        <StatusMark
          status={test.ok ? 'ok' : 'failed'}
          word={test.ok ? 'Works' : 'Failed'}
          className="align-middle"
        />{' '}
        <span className="align-middle">
          {failed ? failed.sentence : 'Tried'} <Age at={test.finishedAt} />
        </span>
      </summary>
      <div className="mt-1.5">
        <TestSteps steps={test.steps.map((step) => ({ ...step, purpose: null, durationMs: null }))} />
      </div>
    </details>
  );
}
