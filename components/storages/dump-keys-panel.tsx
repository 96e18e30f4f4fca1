'use client';

import { useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { OnceSecret } from '@/components/admin/once-secret';
import { api } from '@/components/data/api';
import { dumpKeysPath, useDumpKeys } from '@/components/data/storages';
import { EscrowDialog } from '@/components/storages/escrow-dialog';
import { StorageTestResult } from '@/components/storages/storage-test-result';
import { Age } from '@/components/ui/age';
import { Button, ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorLine } from '@/components/ui/error-state';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import { type DumpKeyView, dumpKeyMadeSchema } from '@/lib/contract/storages';

/** The keys that dumps are encrypted with before they leave, and whether the copies that people keep open anything. */
export function DumpKeysPanel({ refusal }: { refusal: string | null }) {
  const query = useDumpKeys();
  const client = useQueryClient();
  const [made, setMade] = useState<string | null>(null);
  const [proving, setProving] = useState<DumpKeyView | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const reload = () => client.invalidateQueries({ queryKey: [dumpKeysPath] });
  const make = async () => {
    setFailure(null);
    try {
      const { copy } = await api.post(dumpKeysPath, {}, dumpKeyMadeSchema);
      setMade(copy);
      await reload();
    } catch (error) {
      setFailure(error);
    }
  };
  const isFirst = query.data?.items.length === 0;
  return (
    <Panel
      title="Keys of dumps"
      note="Dumps are encrypted on the worker, before they leave. Without a kept copy of its key an object is noise."
      actions={
        <Button
          size="small"
          look={isFirst ? 'primary' : 'plain'}
          disabled={refusal !== null}
          title={refusal ?? undefined}
          onClick={() => void make()}
        >
          {isFirst ? 'Make a key' : 'Make a new key'}
        </Button>
      }
    >
      <ErrorLine error={failure} />
      <QueryState
        query={query}
        empty={({ items }) =>
          items.length > 0 ? undefined : (
            <EmptyState title="No key yet" icon={KeyRound}>
              Make one before the first dump is sent. It is shown once: print it or put it into a safe that
              does not depend on this console.
            </EmptyState>
          )
        }
      >
        {({ items }) => (
          <ul className="divide-y divide-line">
            {items.map((key) => (
              <KeyLine key={key.id} item={key} refusal={refusal} onProve={() => setProving(key)} />
            ))}
          </ul>
        )}
      </QueryState>
      <OnceSecret
        title="The new key of dumps"
        label="Copy of the key"
        description="It is shown this once: the console keeps it sealed for the workers, and no page reads it again."
        secret={made}
        onClose={() => setMade(null)}
      >
        <p>
          Keep it outside this console and outside the storage. Whoever has it and the object reads the dump;
          without it, and without this console, nobody does. Then send a dump, and prove the copy.
        </p>
      </OnceSecret>
      {proving ? (
        <EscrowDialog item={proving} onClose={() => setProving(null)} onAsked={() => void reload()} />
      ) : null}
    </Panel>
  );
}

function KeyLine({
  item,
  refusal,
  onProve,
}: {
  item: DumpKeyView;
  refusal: string | null;
  onProve: () => void;
}) {
  const { escrow } = item;
  const cannot =
    refusal ??
    (item.uploads === 0 ? 'Nothing that it encrypted is in a storage yet: send a dump to one first.' : null);
  return (
    <li className="space-y-1 py-2 text-sm">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="min-w-0 font-mono text-xs break-all">{item.keyId}</span>
        <StatusMark
          status={item.retiredAt ? 'stopped' : 'active'}
          word={item.retiredAt ? 'For reading only' : 'Encrypts new uploads'}
        />
        <StatusMark
          status={!escrow ? 'warn' : escrow.isStale ? 'stale' : 'ok'}
          word={
            !escrow
              ? 'Kept copy never proven'
              : escrow.isStale
                ? 'Kept copy proven long ago'
                : 'Kept copy proven'
          }
        />
        <span className="ml-auto flex flex-wrap gap-2">
          {item.drillHref && refusal === null ? (
            <ButtonLink size="small" href={item.drillHref}>
              Drill with it
            </ButtonLink>
          ) : null}
          <Button size="small" disabled={cannot !== null} title={cannot ?? undefined} onClick={onProve}>
            Prove the kept copy
          </Button>
        </span>
      </div>
      <p className="text-muted">
        Made by {item.createdByName} <Age at={item.createdAt} />; {uploadsWords(item.uploads)}
        {escrow ? (
          <>
            {' '}
            Proven by {escrow.by} <Age at={escrow.provenAt} />{' '}
            {escrow.runId ? (
              <>
                by{' '}
                <Link href={`/runs/${escrow.runId}`} prefetch={false} className="link">
                  a drill
                </Link>{' '}
                of <span className="break-all">{escrow.objectKey}</span>
              </>
            ) : (
              <>
                with the beginning of <span className="break-all">{escrow.objectKey}</span>
              </>
            )}{' '}
            in {escrow.storage}.
          </>
        ) : null}
      </p>
      {item.latestCheck ? <StorageTestResult key={item.latestCheck.id} latest={item.latestCheck} /> : null}
    </li>
  );
}

function uploadsWords(count: number): string {
  if (count === 0) return 'nothing in a storage needs it yet, so a copy of it cannot be proven.';
  return count === 1 ? '1 uploaded dump needs it.' : `${count} uploaded dumps need it.`;
}
