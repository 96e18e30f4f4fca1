'use client';

import { CircleQuestionMark, Database, Server, Table2 } from 'lucide-react';
import { EnvironmentBadge } from '@/components/cluster/environment-badge';
import { CopiesPanel } from '@/components/copies/copies-panel';
import { useCluster } from '@/components/data/cluster';
import { useUrlState } from '@/components/data/url-state';
import { ChoiceCards } from '@/components/restore/choice-cards';
import { MomentForm } from '@/components/restore/moment-form';
import { useRecoveryJobs } from '@/components/restore/use-recovery-jobs';
import { DatabaseWay, TableWay } from '@/components/restore/ways';
import { WholeServer } from '@/components/restore/whole-server';
import { ButtonLink } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';

const happenings = [
  {
    id: 'table',
    icon: Table2,
    title: 'A table is lost or damaged',
    text: 'Dropped, truncated, or rows deleted or changed by mistake.',
  },
  {
    id: 'database',
    icon: Database,
    title: 'A whole database is bad',
    text: 'Restored beside the one in use, compared, then swapped, with a way back.',
  },
  {
    id: 'server',
    icon: Server,
    title: 'The server is gone',
    text: 'The whole cluster, from the repository alone, to a new place.',
  },
  {
    id: 'look',
    icon: CircleQuestionMark,
    title: 'Not sure yet',
    text: 'Open a copy at a moment and look: it changes nothing in use.',
  },
];

/** Where every restore begins: it first asks what happened. Nothing here changes anything; each way ends in a plan. */
export function RestorePage({ id }: { id: string }) {
  const cluster = useCluster(id);
  const jobs = useRecoveryJobs();
  const [what, setWhat] = useUrlState('what');
  return (
    <>
      <PageHeader
        title={cluster.data ? `Restore ${cluster.data.name}` : 'Restore'}
        marks={cluster.data ? <EnvironmentBadge of={cluster.data} /> : null}
        note="Each way ends in a plan to read. Nothing in use is touched before you confirm one."
        actions={
          <>
            <ButtonLink href={`/clusters/${id}/recovery`}>What can be recovered</ButtonLink>
            <ButtonLink href={`/clusters/${id}`}>Cluster</ButtonLink>
          </>
        }
      />
      <QueryState query={jobs.jobs} lines={8}>
        {() => (
          <div className="flex flex-col gap-4">
            <Panel title="What happened?">
              <ChoiceCards
                name="what"
                legend="What happened?"
                choices={happenings}
                value={what}
                onChange={setWhat}
              />
            </Panel>
            {what === 'table' ? <TableWay clusterId={id} /> : null}
            {what === 'database' ? <DatabaseWay clusterId={id} /> : null}
            {what === 'server' ? <WholeServer clusterId={id} /> : null}
            {what === 'look' ? <MomentForm clusterId={id} /> : null}
            <CopiesPanel clusterId={id} />
          </div>
        )}
      </QueryState>
    </>
  );
}
