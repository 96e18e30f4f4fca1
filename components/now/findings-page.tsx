'use client';

import { CircleCheck } from 'lucide-react';
import { useClusters } from '@/components/data/clusters';
import { useFindings } from '@/components/data/findings';
import { useUrlState } from '@/components/data/url-state';
import { FindingsList } from '@/components/now/findings-list';
import { MutesTable } from '@/components/now/mutes-table';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';

const views = [
  { value: 'open', label: 'Open now', title: 'Open now' },
  { value: 'all', label: 'Open and over', title: 'Open and over, newest first' },
  { value: 'muted', label: 'Muted', title: 'Muted' },
  { value: 'unmuted', label: 'Mutes that ended', title: 'Mutes that ended, newest first' },
];

const levelOptions = [
  { value: 'crit', label: 'Critical' },
  { value: 'warn', label: 'Warning' },
  { value: 'unknown', label: 'Unknown' },
];

/** Everything that checks have found, what of it is muted, and what is over. */
export function FindingsPage() {
  const [clusterId, setClusterId] = useUrlState('clusterId');
  const [level, setLevel] = useUrlState('level');
  const [when, setWhen] = useUrlState('when', 'open');
  const clusters = useClusters().data?.items ?? [];
  const findings = useFindings({ clusterId: clusterId || undefined, open: when !== 'all', limit: 500 });
  return (
    <>
      <PageHeader
        title="Findings"
        note="Objects that a check judges critical, a warning, or not measurable; worst first."
      />
      <div className="mb-3 flex flex-wrap gap-2">
        <Select
          aria-label="Cluster"
          placeholder="All clusters"
          options={clusters.map((cluster) => ({ value: cluster.id, label: cluster.name }))}
          value={clusterId}
          onChange={(event) => setClusterId(event.target.value)}
          className="h-7 w-48 text-sm"
        />
        {when === 'muted' || when === 'unmuted' ? null : (
          <Select
            aria-label="Level"
            placeholder="Any level"
            options={levelOptions}
            value={level}
            onChange={(event) => setLevel(event.target.value)}
            className="h-7 w-36 text-sm"
          />
        )}
        <Select
          aria-label="Open, over or muted"
          options={views}
          value={when}
          onChange={(event) => setWhen(event.target.value)}
          className="h-7 w-36 text-sm"
        />
      </div>
      <Panel
        title={views.find(({ value }) => value === when)?.title ?? 'Findings'}
        flush
        actions={
          findings.data && findings.data.muted > 0 && when !== 'muted' ? (
            <Button size="small" look="quiet" onClick={() => setWhen('muted')}>
              {findings.data.muted} muted
            </Button>
          ) : null
        }
      >
        {when === 'muted' || when === 'unmuted' ? (
          <MutesTable
            clusterId={clusterId || undefined}
            state={when === 'muted' ? 'active' : 'over'}
            refusal={findings.data?.muteRefusal?.message}
          />
        ) : (
          <QueryState query={findings} lines={6}>
            {(data) => {
              const shown = data.items.filter((finding) => !level || finding.level === level);
              if (shown.length === 0) {
                return (
                  <EmptyState
                    icon={CircleCheck}
                    title={when === 'open' ? 'Nothing is open here' : 'Nothing was found here'}
                  >
                    Checks judge every few seconds to minutes. What cannot be measured would stand here as
                    unknown.
                  </EmptyState>
                );
              }
              return <FindingsList findings={shown} withInstance muteRefusal={data.muteRefusal} />;
            }}
          </QueryState>
        )}
      </Panel>
    </>
  );
}
