'use client';

import { CircleCheck } from 'lucide-react';
import { NowWaiting } from '@/components/approvals/now-waiting';
import { useFindings } from '@/components/data/findings';
import { useNowState } from '@/components/data/now';
import { useRuns } from '@/components/data/runs';
import { FindingsList } from '@/components/now/findings-list';
import { NotAnswering } from '@/components/now/not-answering';
import { NowChanges } from '@/components/now/now-changes';
import { NowStatements } from '@/components/now/now-statements';
import { SetMark } from '@/components/now/set-mark';
import { runColumns } from '@/components/runs/run-columns';
import { ButtonLink } from '@/components/ui/button';
import { DataTable } from '@/components/ui/data-table';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import { plural } from '@/lib/base/format';
import type { Findings } from '@/lib/contract/findings';

/** More findings than this are a list of their own. */
const shownAtMost = 20;
const shownRuns = ['state', 'title', 'cluster', 'summary', 'seconds', 'by'];

/** Where the person on call lands: what burns, what changed, what has become slower, what runs. */
export function NowPage() {
  return (
    <>
      <PageHeader
        title="Now"
        note="What burns, what changed before it, and what to do. It keeps itself fresh."
        actions={
          <>
            <ButtonLink href="/alerts">Alerts</ButtonLink>
            <SetMark />
          </>
        }
      />
      <div className="flex flex-col gap-4">
        <NotAnswering />
        <NowWaiting />
        <Burning />
        <div className="grid gap-4 xl:grid-cols-2">
          <NowChanges />
          <div className="flex min-w-0 flex-col gap-4">
            <NowStatements />
            <RunningNow />
          </div>
        </div>
      </div>
    </>
  );
}

function Burning() {
  const findings = useFindings({ open: true, limit: 500 });
  const { counts, muted } = findings.data ?? {};
  return (
    <Panel
      title="What burns"
      note={counts ? summaryOf(counts) : undefined}
      flush
      actions={
        <>
          {muted ? (
            <ButtonLink href="/findings?when=muted" size="small" look="quiet">
              {muted} muted
            </ButtonLink>
          ) : null}
          {counts && counts.unknown > 0 ? (
            <ButtonLink href="/findings?level=unknown" size="small" look="quiet">
              {counts.unknown} unknown
            </ButtonLink>
          ) : null}
          <ButtonLink href="/findings" size="small">
            All findings
          </ButtonLink>
        </>
      }
    >
      <QueryState query={findings} lines={4}>
        {(data) => <BurningList data={data} />}
      </QueryState>
    </Panel>
  );
}

function summaryOf({ crit, warn }: Findings['counts']): string | undefined {
  if (crit + warn === 0) return undefined;
  return `${crit} critical, ${plural(warn, 'warning')}; worst and oldest first.`;
}

function BurningList({ data }: { data: Findings }) {
  const now = useNowState().data;
  const burning = data.items.filter(({ level }) => level !== 'unknown');
  if (burning.length === 0) {
    return (
      <p className="flex flex-wrap items-center gap-x-2 px-3 pb-3 text-sm">
        <CircleCheck aria-hidden className="size-4 text-ok" />
        Nothing burns: no check judges anything critical or a warning
        {now ? ` on ${plural(now.instances, 'watched server')}` : ''}.
      </p>
    );
  }
  const left = data.counts.crit + data.counts.warn - Math.min(burning.length, shownAtMost);
  return (
    <>
      <FindingsList findings={burning.slice(0, shownAtMost)} withInstance muteRefusal={data.muteRefusal} />
      {left > 0 ? (
        <p className="border-t border-line px-3 py-2 text-sm">
          <ButtonLink href="/findings" size="small" look="quiet">
            and {left} more
          </ButtonLink>
        </p>
      ) : null}
    </>
  );
}

function RunningNow() {
  const runs = useRuns({ open: 'true', limit: 50 });
  return (
    <Panel
      title="Running now"
      flush
      actions={
        <ButtonLink href="/runs" size="small" look="quiet">
          All runs
        </ButtonLink>
      }
    >
      <QueryState query={runs} lines={2}>
        {({ items }) => (
          <DataTable
            id="running"
            label="Runs that have not ended"
            plain
            rows={items}
            columns={runColumns.filter(({ id }) => shownRuns.includes(id))}
            rowKey={({ id }) => id}
            href={({ id }) => `/runs/${id}`}
            empty={
              <p className="px-3 pb-3 text-sm text-muted">
                <StatusMark status="stale" word="No run is queued, running or waiting for a decision." />
              </p>
            }
          />
        )}
      </QueryState>
    </Panel>
  );
}
