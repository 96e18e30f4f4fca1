'use client';

import { useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { OwnCheckForm } from '@/components/checks/own-check-form';
import { OwnCheckHistory } from '@/components/checks/own-check-history';
import { RemoveDialog } from '@/components/cluster/remove-dialog';
import { ApiError, api } from '@/components/data/api';
import { useOwnCheck } from '@/components/data/own-checks';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusBadge } from '@/components/ui/status-mark';
import { useToast } from '@/components/ui/toast';
import { type OwnCheckDetail, ownCheckDetailSchema } from '@/lib/contract/own-checks';

/** One check that people wrote: how it stands, what it found, its definition and its versions. */
export function OwnCheckPage({ name, refusal }: { name: string; refusal: string | null }) {
  const check = useOwnCheck(name);
  const client = useQueryClient();
  const router = useRouter();
  const refresh = () => void client.invalidateQueries({ queryKey: [`/api/v1/own-checks/${name}`] });
  return (
    <QueryState query={check} lines={8}>
      {(data) => (
        <>
          <PageHeader
            title={data.definition.title}
            marks={
              <>
                <StatusBadge
                  status={data.removed ? 'removed' : data.enabled ? 'active' : 'disabled'}
                  word={data.removed ? 'Removed' : data.enabled ? 'Switched on' : 'Switched off'}
                />
                <Badge>own/{name}</Badge>
                <Badge>version {data.version}</Badge>
              </>
            }
            note={data.definition.why || undefined}
            actions={data.removed ? null : <SwitchButton check={data} refusal={refusal} onDone={refresh} />}
          />
          <div className="space-y-4">
            {data.removed ? (
              <Banner tone="info" title="This check was removed">
                Nothing is asked any more. What it saw and found stays below.{' '}
                <Link href="/checks/own/new" className="link">
                  Add one of the same name
                </Link>{' '}
                and its history goes on.
              </Banner>
            ) : null}
            <OwnCheckHistory check={data} />
            {data.removed ? null : (
              <OwnCheckForm key={data.version} check={data} refusal={refusal} onSaved={refresh} />
            )}
            <Versions check={data} />
            {data.removed ? null : (
              <Panel title="Remove" note="Its series and findings stay readable.">
                <RemoveDialog
                  what="check"
                  name={name}
                  path={`/api/v1/own-checks/${name}`}
                  refusal={refusal}
                  consequences="No server is asked any more and its open findings close. What it saw stays under its name."
                  onRemoved={() => router.push('/checks')}
                />
              </Panel>
            )}
          </div>
        </>
      )}
    </QueryState>
  );
}

function SwitchButton({
  check,
  refusal,
  onDone,
}: {
  check: OwnCheckDetail;
  refusal: string | null;
  onDone: () => void;
}) {
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const turn = async () => {
    setBusy(true);
    try {
      const path = `/api/v1/own-checks/${check.definition.name}`;
      await api.patch(path, { enabled: !check.enabled }, ownCheckDetailSchema);
      onDone();
    } catch (error) {
      const next = error instanceof ApiError && error.next ? ` ${error.next}` : '';
      toast({
        title: error instanceof Error ? `${error.message}${next}` : 'That did not work.',
        tone: 'crit',
      });
    }
    setBusy(false);
  };
  return (
    <Button
      busy={busy}
      look={check.enabled ? 'plain' : 'primary'}
      disabled={refusal !== null || (!check.enabled && !check.tried)}
      title={refusal ?? (!check.enabled && !check.tried ? 'Try it below first.' : undefined)}
      onClick={() => void turn()}
    >
      {check.enabled ? 'Switch off' : 'Switch on'}
    </Button>
  );
}

function Versions({ check }: { check: OwnCheckDetail }) {
  return (
    <Panel title="As a file, and its versions">
      <CodeBlock code={check.yaml} label="The check as YAML" />
      <ol className="mt-3 space-y-1 text-sm">
        {check.versions.map(({ version, madeBy, madeAt, definition }) => (
          <li key={version}>
            <details>
              <summary className="cursor-pointer">
                Version {version}, by {madeBy},{' '}
                <time dateTime={madeAt} title={madeAt}>
                  {new Date(madeAt).toLocaleString()}
                </time>
              </summary>
              <div className="mt-1">
                <CodeBlock code={definition.sql} label={`Query of version ${version}`} />
              </div>
            </details>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
