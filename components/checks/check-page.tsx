'use client';

import { ExternalLink } from 'lucide-react';
import { CheckServersPanel } from '@/components/checks/check-servers';
import { useFindings } from '@/components/data/findings';
import { useCheckServers, useCheckSource } from '@/components/data/own-checks';
import { CheckNeeds, CheckQueries } from '@/components/instance/check-queries';
import { FindingsList } from '@/components/now/findings-list';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusMark } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';

/** One check of the catalogue over the fleet: why, on which servers, what it found, and what it asks. */
export function CheckPage({ id }: { id: string }) {
  const servers = useCheckServers(id);
  const source = useCheckSource(id);
  const findings = useFindings({ checkId: id, open: false, limit: 50 });
  return (
    <QueryState query={servers} lines={8}>
      {(data) => (
        <>
          <PageHeader
            title={data.title}
            marks={<Badge>every {formatDuration(data.everySeconds)}</Badge>}
            note={
              <>
                {data.why}{' '}
                <a
                  href={data.source}
                  target="_blank"
                  rel="noreferrer"
                  className="link inline-flex items-center gap-1"
                >
                  Manual <ExternalLink aria-hidden className="size-3.5" />
                </a>
              </>
            }
          />
          <div className="space-y-4">
            <CheckServersPanel data={data} />
            <Panel title="What it found" flush>
              <QueryState query={findings} lines={3}>
                {({ items }) =>
                  items.length === 0 ? (
                    <p className="px-3 pb-3 text-sm">
                      <StatusMark status="ok" word="Nothing so far" />
                    </p>
                  ) : (
                    <FindingsList findings={items} withInstance />
                  )
                }
              </QueryState>
            </Panel>
            <Panel title="What it asks">
              <QueryState query={source} lines={5}>
                {(asked) => (
                  <div className="space-y-3">
                    <CheckNeeds needs={asked.needs} />
                    <CheckQueries source={asked} />
                  </div>
                )}
              </QueryState>
            </Panel>
          </div>
        </>
      )}
    </QueryState>
  );
}
