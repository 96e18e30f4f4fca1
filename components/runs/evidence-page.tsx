'use client';

import Link from 'next/link';
import { useEvidence } from '@/components/data/runs';
import { FactsView } from '@/components/runs/facts-view';
import { Age, Moment } from '@/components/ui/age';
import { ButtonLink } from '@/components/ui/button';
import { KeyValue } from '@/components/ui/key-value';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusBadge } from '@/components/ui/status-mark';

/** One piece of evidence by itself: what a scorecard's cell opens. */
export function EvidencePage({ id }: { id: string }) {
  const query = useEvidence(id);
  const evidence = query.data;
  return (
    <>
      <PageHeader
        title={evidence?.title ?? 'Evidence'}
        marks={evidence ? <StatusBadge status={evidence.verdict} /> : null}
        actions={
          evidence ? (
            <>
              {evidence.backupId ? (
                <ButtonLink href={`/backups/${evidence.backupId}`}>The backup</ButtonLink>
              ) : null}
              <ButtonLink href={`/runs/${evidence.runId}`}>The run and its log</ButtonLink>
            </>
          ) : null
        }
      />
      <QueryState query={query} lines={8}>
        {(data) => (
          <div className="grid gap-4 lg:grid-cols-[3fr_2fr]">
            <Panel title="What was found" at={data.observedAt}>
              <FactsView facts={data.facts} />
            </Panel>
            <Panel title="Where it comes from">
              <KeyValue
                items={[
                  [
                    'Cluster',
                    <Link key="c" href={`/clusters/${data.clusterId}`} prefetch={false} className="link">
                      {data.clusterName}
                    </Link>,
                  ],
                  ['Database', data.database ?? '–'],
                  [
                    'Run',
                    <Link key="r" href={`/runs/${data.runId}`} prefetch={false} className="link">
                      {data.runTitle}
                    </Link>,
                  ],
                  ['Observed', <Moment key="m" at={data.observedAt} />],
                  ['Age', <Age key="a" at={data.observedAt} />],
                ]}
              />
            </Panel>
          </div>
        )}
      </QueryState>
    </>
  );
}
