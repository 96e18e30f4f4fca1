'use client';

import { Archive } from 'lucide-react';
import { useRetention } from '@/components/data/retention';
import { useUrlParams } from '@/components/data/url-state';
import { policyFields } from '@/components/retention/policy-fields';
import { PolicyForm } from '@/components/retention/policy-form';
import { RetentionBackups, RetentionGroups } from '@/components/retention/retention-tables';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { formatBytes } from '@/lib/base/format';
import type { Retention } from '@/lib/contract/retention';

/** The numbers that are tried and stand in the address, by name. */
function useTried(): Record<string, string> {
  const params = useUrlParams();
  const values = [...policyFields.map(({ name }) => name), 'zone'].map(
    (name) => [name, params.get(name) ?? ''] as const,
  );
  return Object.fromEntries(values.filter(([, value]) => value !== ''));
}

/** How long a cluster's backups are kept, and what an expiry would take away now. */
export function RetentionPage({ id, refusal }: { id: string; refusal: string | null }) {
  const tried = useTried();
  const isTried = Object.keys(tried).length > 0;
  const query = useRetention(id, tried);
  const data = query.data;
  return (
    <>
      <PageHeader
        title={data ? `Retention of ${data.clusterName}` : 'Retention'}
        note="What is pinned, held, last proven, needed by another or in use never goes, whatever the numbers say."
        actions={
          <>
            <ButtonLink href={`/clusters/${id}/recovery`}>Recovery</ButtonLink>
            {data?.expiry ? (
              <>
                <ButtonLink href={`/schedules/new/${data.expiry.kind}?clusterId=${id}`}>
                  {data.expiry.isScheduled ? 'Schedule it again' : 'Run it daily'}
                </ButtonLink>
                <ButtonLink look="primary" href={`/jobs/${data.expiry.kind}?clusterId=${id}`}>
                  {data.expiry.title}
                </ButtonLink>
              </>
            ) : null}
          </>
        }
      />
      <QueryState query={query} lines={10}>
        {(loaded) => (
          <div className="space-y-4">
            {isTried ? (
              <Banner tone="info" title="Numbers that are tried">
                Below is what they would do. They are not stored, and an expiry goes by the stored ones.
              </Banner>
            ) : null}
            {loaded.adopted === null ? null : (
              <Banner
                tone="warn"
                title={`This console never expires the stanza ${loaded.adopted}`}
                actions={
                  <ButtonLink href={`/clusters/${id}/recovery/setup`} size="small">
                    Hand it over
                  </ButtonLink>
                }
              >
                It was adopted: its owner’s configuration says how long its backup sets and WAL stay, and an
                owner who keeps them for ever fills the disk. The numbers below hold for dumps alone until it
                is handed over.
              </Banner>
            )}
            <PolicyForm key={JSON.stringify(loaded.policy)} data={loaded} refusal={refusal} />
            <Effect data={loaded} />
          </div>
        )}
      </QueryState>
    </>
  );
}

function Effect({ data }: { data: Retention }) {
  const goes = data.backups.filter(({ keeps }) => !keeps).length;
  if (data.backups.length === 0) {
    return (
      <EmptyState
        icon={Archive}
        title="No backup yet"
        actions={<ButtonLink href={`/backups?clusterId=${data.clusterId}`}>Backups</ButtonLink>}
      >
        Once there are some, this page says which stay, why, and what goes.
      </EmptyState>
    );
  }
  return (
    <>
      <Panel
        title={
          goes === 0
            ? 'Nothing goes now'
            : `${goes} of ${data.backups.length} go, ${formatBytes(data.bytesFreed)}`
        }
        note={
          data.expiry?.isScheduled
            ? 'A schedule runs the expiry; each run makes its plan anew.'
            : 'No schedule runs the expiry: nothing goes by itself.'
        }
        flush
      >
        <RetentionGroups groups={data.groups} />
      </Panel>
      <Panel title="Each backup" flush>
        <RetentionBackups backups={data.backups} />
      </Panel>
    </>
  );
}
