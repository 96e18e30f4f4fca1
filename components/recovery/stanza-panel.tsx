'use client';

import { Archive } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { z } from 'zod';
import { api } from '@/components/data/api';
import { KeptPass } from '@/components/recovery/kept-pass';
import { Age, Moment } from '@/components/ui/age';
import { Button, ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorLine } from '@/components/ui/error-state';
import { KeyValue } from '@/components/ui/key-value';
import { Panel } from '@/components/ui/panel';
import { Badge, StatusMark } from '@/components/ui/status-mark';
import { formatNumber } from '@/lib/base/format';
import type { Recovery, RecoveryRepository } from '@/lib/contract/recovery';

/** Where the backups and the archive are, and how the last look at each ended. */
export function StanzaPanel({ recovery }: { recovery: Recovery }) {
  const { stanza, repositories, cluster } = recovery;
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  if (!stanza) return <NoStanza clusterId={cluster.id} />;
  const look = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await api.post(`/api/v1/clusters/${cluster.id}/recovery/look`, {}, z.unknown());
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  return (
    <Panel
      title={
        <span className="inline-flex flex-wrap items-center gap-2">
          Stanza {stanza.name} <StatusMark status={stanza.state} className="text-sm" />
          {stanza.isManaged ? null : <Badge>set up by somebody else</Badge>}
        </span>
      }
      note={
        stanza.workerName
          ? `Read by the worker ${stanza.workerName}, every minute and after each run.`
          : 'No worker beside the server has taken it yet: start one there (PLUMBLINE_HOSTS).'
      }
      actions={
        <Button size="small" busy={busy} onClick={() => void look()}>
          Look now
        </Button>
      }
    >
      <ErrorLine error={failure} />
      <div className="space-y-3">
        {stanza.isLocked ? (
          <p className="text-sm">
            <StatusMark status="running" word="A backup or an expiry runs at this moment" />
          </p>
        ) : null}
        {repositories.map((repository) => (
          <AboutRepository key={repository.ordinal} clusterId={cluster.id} repository={repository} />
        ))}
      </div>
    </Panel>
  );
}

function NoStanza({ clusterId }: { clusterId: string }) {
  return (
    <Panel title="Archiving">
      <EmptyState
        icon={Archive}
        title="No repository is known"
        actions={
          <ButtonLink href={`/clusters/${clusterId}/recovery/setup`} look="primary">
            Set up archiving
          </ButtonLink>
        }
      >
        Adopt the stanza that archives this cluster already, or set up a repository on a disk or in S3. What
        it changes on the server is shown before it runs.
      </EmptyState>
    </Panel>
  );
}

function AboutRepository({ clusterId, repository }: { clusterId: string; repository: RecoveryRepository }) {
  const { ordinal, path, isEncrypted, isRemote, lookedAt, problem, next, problemSince } = repository;
  const wasTried = lookedAt !== null || problem !== null;
  return (
    <section aria-label={`Repository ${ordinal}`} className="space-y-1 border-t border-line pt-2">
      <h3 className="flex flex-wrap items-center gap-x-2 text-sm font-medium">
        Repository {ordinal}
        {!wasTried ? (
          <StatusMark status="pending" word="not looked at yet" />
        ) : problem === null ? (
          <StatusMark status="ok" word="readable" />
        ) : (
          <StatusMark status="crit" word="cannot be read" />
        )}
        {isEncrypted ? <Badge>encrypted</Badge> : null}
        {isRemote ? <Badge>S3</Badge> : null}
      </h3>
      {problem === null ? null : (
        <p className="max-w-prose text-sm text-muted">
          Since <Moment at={problemSince} />: {problem} {next} What is shown is as it was when it was last
          read.
        </p>
      )}
      <KeyValue
        items={[
          [
            'Folder',
            <span key="p" className="font-mono text-xs break-all">
              {path}
            </span>,
          ],
          ['Last read', <Age key="r" at={lookedAt} staleAfterSeconds={180} />],
          ['WAL segments', formatNumber(repository.segments)],
          [
            'Newest',
            repository.newestSegment ? (
              <span key="n">
                <span className="font-mono text-xs">{repository.newestSegment}</span>{' '}
                <Age at={repository.newestAt} className="text-muted" />
              </span>
            ) : (
              'none yet'
            ),
          ],
          ...(repository.escrow
            ? [
                [
                  'Kept copy of the pass',
                  <KeptPass
                    key="k"
                    clusterId={clusterId}
                    ordinal={ordinal}
                    escrow={repository.escrow}
                    canDrill={wasTried}
                  />,
                ] satisfies [string, ReactNode],
              ]
            : []),
        ]}
      />
    </section>
  );
}
