'use client';

import { BellOff } from 'lucide-react';
import Link from 'next/link';
import { subjectNames } from '@/components/channels/channel-draft';
import { withQuery } from '@/components/data/api';
import { useUrlState } from '@/components/data/url-state';
import { useApi } from '@/components/data/use-api';
import { Age } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import { StatusMark } from '@/components/ui/status-mark';
import { type Alert, alertsSchema } from '@/lib/contract/alerts';

const columns: Column<Alert>[] = [
  {
    id: 'level',
    header: 'Level',
    value: (alert) => alert.level,
    cell: (alert) => <StatusMark status={alert.level} />,
  },
  { id: 'subject', header: 'About', value: (alert) => subjectNames[alert.subject] },
  { id: 'cluster', header: 'Cluster', value: (alert) => alert.clusterName },
  {
    id: 'title',
    header: 'What',
    wide: true,
    value: (alert) => alert.title,
    cell: (alert) => (
      <Link href={alert.path} prefetch={false} className="link">
        {alert.title}
      </Link>
    ),
  },
  { id: 'sentence', header: 'Why', wide: true, value: (alert) => alert.sentence },
  {
    id: 'told',
    header: 'Told',
    value: (alert) => alert.told.join(', '),
    cell: ({ told, telling }) =>
      told.length > 0 ? (
        <StatusMark status="ok" word={told.join(', ')} />
      ) : telling.length > 0 ? (
        <StatusMark status="queued" word={`${telling.join(', ')}: on its way`} />
      ) : (
        <StatusMark status="disabled" word="Nobody" />
      ),
  },
  {
    id: 'opened',
    header: 'Since',
    value: (alert) => alert.openedAt,
    cell: (alert) => <Age at={alert.openedAt} />,
  },
  {
    id: 'closed',
    header: 'Over',
    value: (alert) => alert.closedAt,
    cell: (alert) => <Age at={alert.closedAt} never="not yet" />,
  },
];

/** What people outside are told of: open ones, and those that are over. */
export function AlertsPage() {
  const [when, setWhen] = useUrlState('when', 'open');
  const path = withQuery('/api/v1/alerts', { open: when === 'open' });
  const query = useApi(path, alertsSchema, { topics: ['alert'], keepPrevious: true });
  return (
    <>
      <PageHeader
        title="Alerts"
        note="What somebody must hear of. Findings that are muted are not among them."
        actions={<ButtonLink href="/admin/channels">Channels</ButtonLink>}
      />
      {query.data?.channels === 0 ? (
        <div className="mb-4">
          <Banner
            tone="warn"
            title="Nobody is told of any"
            actions={
              <ButtonLink href="/admin/channels" size="small">
                Add a channel
              </ButtonLink>
            }
          >
            There is no channel that is switched on, so these stand on this page alone.
          </Banner>
        </div>
      ) : null}
      <Panel
        title={when === 'open' ? 'Open' : 'Over'}
        flush
        actions={
          <Select
            aria-label="Which alerts"
            options={[
              { value: 'open', label: 'Open' },
              { value: 'over', label: 'Over' },
            ]}
            value={when}
            onChange={(event) => setWhen(event.target.value)}
          />
        }
      >
        <QueryState
          query={query}
          empty={({ items }) =>
            items.length > 0 ? undefined : (
              <EmptyState title={when === 'open' ? 'Nothing to tell' : 'None yet'} icon={BellOff}>
                Failed and missed backups and drills, holes in the archive, exposure over the objective,
                critical findings and broken glass come here.
              </EmptyState>
            )
          }
        >
          {({ items }) => (
            <DataTable
              id="alerts"
              label="Alerts"
              rows={items}
              columns={columns}
              rowKey={({ id }) => id}
              href={({ path: to }) => to}
            />
          )}
        </QueryState>
      </Panel>
    </>
  );
}
