'use client';

import { useState } from 'react';
import { useBackupKeeping } from '@/components/data/retention';
import { type KeepAct, KeepDialog } from '@/components/retention/keep-dialog';
import { Age, Moment } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import type { KeepingView } from '@/lib/contract/retention';

/** What keeps one backup, how it is pinned and held, and where its encrypted copies lie. */
export function KeepPanel({ backupId }: { backupId: string }) {
  const query = useBackupKeeping(backupId);
  const [act, setAct] = useState<KeepAct | null>(null);
  return (
    <Panel title="Kept" actions={query.data?.verdict ? <Acts data={query.data} onAct={setAct} /> : null}>
      <QueryState query={query} lines={3}>
        {(data) => <Kept data={data} />}
      </QueryState>
      {act ? <KeepDialog backupId={backupId} act={act} onClose={() => setAct(null)} /> : null}
    </Panel>
  );
}

function Acts({ data, onAct }: { data: KeepingView; onAct: (act: KeepAct) => void }) {
  const { pin, hold } = data.refusals;
  const isHeld = data.holdUntil !== null && Date.parse(data.holdUntil) > Date.now();
  return (
    <>
      <Button
        size="small"
        disabled={pin !== null}
        title={pin ?? undefined}
        onClick={() => onAct(data.pinned ? 'unpin' : 'pin')}
      >
        {data.pinned ? 'Unpin' : 'Pin'}
      </Button>
      <Button
        size="small"
        disabled={hold !== null}
        title={hold ?? undefined}
        onClick={() => onAct(isHeld ? 'release' : 'hold')}
      >
        {isHeld ? 'End the hold' : 'Legal hold'}
      </Button>
    </>
  );
}

function Kept({ data }: { data: KeepingView }) {
  return (
    <div className="space-y-2 text-sm">
      {data.verdict === null ? (
        <p className="text-muted">It is not on the shelf any more, so nothing keeps it.</p>
      ) : (
        <div>
          <StatusMark
            status={data.verdict.keeps ? 'ok' : 'expired'}
            word={data.verdict.keeps ? 'Stays' : 'Goes with the next expiry'}
          />
          <ul className="list-disc pl-6 text-muted">
            {data.verdict.reasons.map(({ rule, text }) => (
              <li key={`${rule} ${text}`} className="break-words">
                {text}
              </li>
            ))}
          </ul>
        </div>
      )}
      {data.pinned ? (
        <p>
          Pinned by {data.pinned.by} <Age at={data.pinned.at} />: {data.pinned.reason}
        </p>
      ) : null}
      {data.holdUntil ? (
        <p>
          Held until <Moment at={data.holdUntil} />
        </p>
      ) : null}
      {data.uploads.length === 0 ? (
        <p className="text-muted">No storage has a copy of it.</p>
      ) : (
        <ul className="space-y-1">
          {data.uploads.map((upload) => (
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
      )}
    </div>
  );
}
