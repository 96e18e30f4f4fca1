'use client';

import { useBackupKeeping } from '@/components/data/retention';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import type { KeepingView } from '@/lib/contract/retention';

/** Why retention keeps one backup, or that it goes, and where its encrypted copies lie. */
export function ShelfPanel({ backupId }: { backupId: string }) {
  const query = useBackupKeeping(backupId);
  return (
    <Panel title="By retention" note="As an expiry would judge it now.">
      <QueryState query={query} lines={3}>
        {(data) => (
          <div className="space-y-2 text-sm">
            <Verdict verdict={data.verdict} />
            <Uploads uploads={data.uploads} />
          </div>
        )}
      </QueryState>
    </Panel>
  );
}

function Verdict({ verdict }: Pick<KeepingView, 'verdict'>) {
  if (!verdict) return <p className="text-muted">It is not on the shelf any more, so nothing keeps it.</p>;
  return (
    <div>
      <StatusMark
        status={verdict.keeps ? 'ok' : 'expired'}
        word={verdict.keeps ? 'Stays' : 'Goes with the next expiry'}
      />
      <ul className="list-disc pl-6 text-muted">
        {verdict.reasons.map(({ rule, text }) => (
          <li key={`${rule} ${text}`} className="break-words">
            {text}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Uploads({ uploads }: Pick<KeepingView, 'uploads'>) {
  if (uploads.length === 0) return <p className="text-muted">No storage has a copy of it.</p>;
  return (
    <ul className="space-y-1">
      {uploads.map((upload) => (
        <li key={upload.objectKey + upload.storage} className="flex flex-wrap items-center gap-x-2">
          <StatusMark
            status={upload.state === 'ready' ? 'ready' : 'partial'}
            word={
              upload.state === 'ready'
                ? `In ${upload.storage}`
                : `${upload.parts.done} of ${upload.parts.of} parts in ${upload.storage}`
            }
          />
          <span className="min-w-0 font-mono text-xs break-all text-muted">
            {upload.objectKey}, key {upload.keyId}
          </span>
        </li>
      ))}
    </ul>
  );
}
