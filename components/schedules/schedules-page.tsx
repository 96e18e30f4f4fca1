'use client';

import { CalendarClock } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useJobs } from '@/components/data/jobs';
import { useSchedules } from '@/components/data/schedules';
import { factLabel, factText } from '@/components/runs/fact-words';
import { FiringMark } from '@/components/schedules/firing-mark';
import { inZone } from '@/components/schedules/timing-fields';
import { Age } from '@/components/ui/age';
import { Button, ButtonLink } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { Menu } from '@/components/ui/menu';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import { cronWords } from '@/lib/base/cron-words';
import type { Schedule } from '@/lib/contract/schedules';

/** Jobs that run by themselves, when they did and when they will. */
export function SchedulesPage() {
  const query = useSchedules();
  return (
    <>
      <PageHeader
        title="Schedules"
        note="Each firing makes a plan and runs only when nothing stands in its way; what was blocked is written down with its reason."
        actions={<NewScheduleMenu />}
      />
      <Panel title="All schedules" flush>
        <QueryState query={query} lines={6}>
          {({ items }) => (
            <DataTable
              id="schedules"
              label="Schedules"
              rows={items}
              columns={columns}
              rowKey={({ id }) => id}
              href={({ id }) => `/schedules/${id}`}
              empty={<NoSchedules />}
            />
          )}
        </QueryState>
      </Panel>
    </>
  );
}

function NewScheduleMenu() {
  const router = useRouter();
  const jobs = useJobs().data?.items ?? [];
  return (
    <Menu
      label="Put a job on a schedule"
      trigger={<Button look="primary">New schedule</Button>}
      items={jobs
        .filter(({ schedulable }) => schedulable)
        .map(({ id, title, refusal }) => ({
          id,
          label: title,
          disabled: refusal !== null,
          onSelect: () => router.push(`/schedules/new/${id}`),
        }))}
    />
  );
}

/** Paused, in force, or approved in a version that no longer runs. */
export function ScheduleState({ schedule }: { schedule: Schedule }) {
  if (!schedule.enabled) return <StatusMark status="paused" />;
  if (schedule.currentVersion !== schedule.definitionVersion)
    return <StatusMark status="warn" word="Needs approval" />;
  return <StatusMark status="active" />;
}

const columns: Column<Schedule>[] = [
  {
    id: 'title',
    header: 'Job',
    value: ({ title }) => title,
    cell: ({ id, title }) => (
      <Link href={`/schedules/${id}`} prefetch={false} className="link font-medium whitespace-nowrap">
        {title}
      </Link>
    ),
  },
  { id: 'cluster', header: 'Cluster', value: ({ cluster }) => cluster.name },
  {
    id: 'input',
    header: 'Input',
    value: ({ input }) =>
      Object.entries(input)
        .map(([name, value]) => `${factLabel(name).toLowerCase()}: ${factText(name, value)}`)
        .join(', '),
    wide: true,
  },
  {
    id: 'when',
    header: 'When',
    value: ({ cron, zone }) => `${cronWords(cron) ?? cron} (${zone})`,
  },
  {
    id: 'state',
    header: 'State',
    value: ({ enabled }) => (enabled ? 'active' : 'paused'),
    cell: (schedule) => <ScheduleState schedule={schedule} />,
  },
  {
    id: 'last',
    header: 'Last',
    value: ({ lastFiring }) => lastFiring?.fireTime ?? null,
    cell: ({ lastFiring }) =>
      lastFiring ? (
        <span className="flex items-center gap-1.5 whitespace-nowrap">
          <FiringMark firing={lastFiring} /> <Age at={lastFiring.fireTime} />
        </span>
      ) : (
        'not yet'
      ),
  },
  {
    id: 'next',
    header: 'Next',
    value: ({ nextFires }) => nextFires[0] ?? null,
    cell: ({ nextFires, zone }) =>
      nextFires[0] ? (
        <span title={inZone(nextFires[0], zone)}>
          <Age at={nextFires[0]} />
        </span>
      ) : (
        '–'
      ),
  },
];

function NoSchedules() {
  return (
    <EmptyState
      icon={CalendarClock}
      title="Nothing runs by itself yet"
      actions={<ButtonLink href="/jobs">See the jobs</ButtonLink>}
    >
      A nightly backup and a weekly drill of each database keep the proof of recovery fresh: without them it
      expires.
    </EmptyState>
  );
}
