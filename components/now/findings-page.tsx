'use client';

import { CircleCheck } from 'lucide-react';
import { useClusters } from '@/components/data/clusters';
import { useFindings } from '@/components/data/findings';
import { useUrlState } from '@/components/data/url-state';
import { FindingsList } from '@/components/now/findings-list';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';

const levelOptions = [
  { value: 'crit', label: 'Critical' },
  { value: 'warn', label: 'Warning' },
  { value: 'unknown', label: 'Unknown' },
];

/** What burns now, and what did: for the person on call. */
export function FindingsPage() {
  const [clusterId, setClusterId] = useUrlState('clusterId');
  const [level, setLevel] = useUrlState('level');
  const [when, setWhen] = useUrlState('when', 'open');
  const clusters = useClusters().data?.items ?? [];
  const findings = useFindings({ clusterId: clusterId || undefined, open: when === 'open', limit: 500 });
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
        <Select
          aria-label="Level"
          placeholder="Any level"
          options={levelOptions}
          value={level}
          onChange={(event) => setLevel(event.target.value)}
          className="h-7 w-36 text-sm"
        />
        <Select
          aria-label="Open or all"
          options={[
            { value: 'open', label: 'Open now' },
            { value: 'all', label: 'Open and over' },
          ]}
          value={when}
          onChange={(event) => setWhen(event.target.value)}
          className="h-7 w-36 text-sm"
        />
      </div>
      <Panel title={when === 'open' ? 'Open now' : 'Open and over, newest first'} flush>
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
            return <FindingsList findings={shown} withInstance />;
          }}
        </QueryState>
      </Panel>
    </>
  );
}
