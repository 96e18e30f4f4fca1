'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useJobs } from '@/components/data/jobs';
import { changeSchedule, removeSchedule, useSchedule } from '@/components/data/schedules';
import { inputWords } from '@/components/runs/input-words';
import { FiringMark } from '@/components/schedules/firing-mark';
import { ScheduleState } from '@/components/schedules/schedules-page';
import { missedWords, NextFires } from '@/components/schedules/timing-fields';
import { Moment } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { KeyValue } from '@/components/ui/key-value';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { cronWords } from '@/lib/base/cron-words';
import type { ChangeSchedule, Firing, ScheduleDetail } from '@/lib/contract/schedules';

/** One schedule: what it does when, and what became of each firing. */
export function SchedulePage({ id }: { id: string }) {
  // A hint that it changed comes before the page has left, and what is removed must not be asked for.
  const [gone, setGone] = useState(false);
  const query = useSchedule(id, gone);
  const schedule = query.data;
  return (
    <>
      <PageHeader
        title={schedule ? schedule.title : 'Schedule'}
        marks={schedule ? <ScheduleState schedule={schedule} /> : null}
        note={
          schedule
            ? `${schedule.cluster.name}, ${cronWords(schedule.cron) ?? schedule.cron} (${schedule.zone})`
            : undefined
        }
        actions={schedule ? <ScheduleActs schedule={schedule} onGone={setGone} /> : null}
      />
      <QueryState query={query} lines={8}>
        {(data) => (
          <div className="space-y-4">
            <ScheduleNotice schedule={data} />
            <div className="grid gap-4 lg:grid-cols-2">
              <AboutSchedule schedule={data} />
              <Panel title="What comes">
                {data.nextFires.length > 0 ? (
                  <NextFires fires={data.nextFires} zone={data.zone} />
                ) : (
                  <p className="text-sm text-muted">Nothing while it is paused.</p>
                )}
              </Panel>
            </div>
            <Panel title="What it did" note="The newest first." flush>
              <DataTable
                id="firings"
                label="Firings"
                rows={data.firings}
                columns={firingColumns}
                rowKey={({ fireTime }) => fireTime}
                href={({ runId, planId }) =>
                  runId ? `/runs/${runId}` : planId ? `/plans/${planId}` : undefined
                }
                empty={<p className="px-3 pb-3 text-sm text-muted">It has not fired yet.</p>}
              />
            </Panel>
          </div>
        )}
      </QueryState>
    </>
  );
}

function useChange(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: ChangeSchedule) => changeSchedule(id, change),
    onSuccess: () => client.invalidateQueries({ queryKey: [`/api/v1/schedules/${id}`] }),
  });
}

function ScheduleActs({ schedule, onGone }: { schedule: ScheduleDetail; onGone: (gone: boolean) => void }) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const change = useChange(schedule.id);
  const remove = useMutation({
    mutationFn: () => removeSchedule(schedule.id),
    onMutate: () => onGone(true),
    onError: () => onGone(false),
    onSuccess: () => router.push('/schedules'),
  });
  if (schedule.refusal) {
    return (
      <p className="max-w-xs text-sm text-muted">
        {schedule.refusal.message} {schedule.refusal.next}
      </p>
    );
  }
  return (
    <>
      <Button busy={change.isPending} onClick={() => change.mutate({ enabled: !schedule.enabled })}>
        {schedule.enabled ? 'Pause' : 'Go on'}
      </Button>
      <Button onClick={() => setAsking(true)}>Remove</Button>
      <Dialog
        open={asking}
        onOpenChange={setAsking}
        title="Remove this schedule?"
        description={`${schedule.title} on ${schedule.cluster.name} no longer runs by itself. Its runs, backups and evidence stay; evidence that nothing renews expires.`}
        footer={
          <>
            <Button onClick={() => setAsking(false)}>Keep it</Button>
            <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
              Remove the schedule
            </Button>
          </>
        }
      >
        <ErrorLine error={remove.error ?? change.error} />
      </Dialog>
    </>
  );
}

function ScheduleNotice({ schedule }: { schedule: ScheduleDetail }) {
  const change = useChange(schedule.id);
  if (schedule.currentVersion === schedule.definitionVersion) return null;
  return (
    <Banner
      tone="warn"
      title="This kind of job has changed since it was approved"
      actions={
        schedule.refusal ? null : (
          <Button size="small" busy={change.isPending} onClick={() => change.mutate({ approve: true })}>
            Approve version {schedule.currentVersion ?? '–'}
          </Button>
        )
      }
    >
      Version {schedule.definitionVersion} was approved. It does not run until somebody approves the present
      one.
    </Banner>
  );
}

function AboutSchedule({ schedule }: { schedule: ScheduleDetail }) {
  const schema = useJobs().data?.items.find(({ id }) => id === schedule.kind)?.inputSchema;
  return (
    <Panel title="What and when">
      <KeyValue
        items={[
          [
            'Job',
            <Link key="j" href={`/jobs/${schedule.kind}`} prefetch={false} className="link">
              {schedule.title}
            </Link>,
          ],
          [
            'Cluster',
            <Link key="c" href={`/clusters/${schedule.cluster.id}`} prefetch={false} className="link">
              {schedule.cluster.name}
            </Link>,
          ],
          ...inputWords(schedule.input, schema),
          [
            'Cron line',
            <span key="l" className="font-mono text-xs">
              {schedule.cron}
            </span>,
          ],
          ['Time zone', schedule.zone],
          ['A missed time', missedWords[schedule.missed]],
          ['Approved by', schedule.createdByName],
          ['Since', <Moment key="s" at={schedule.createdAt} />],
        ]}
      />
    </Panel>
  );
}

const firingColumns: Column<Firing>[] = [
  {
    id: 'time',
    header: 'Time',
    value: ({ fireTime }) => fireTime,
    cell: ({ fireTime }) => <Moment at={fireTime} />,
  },
  {
    id: 'outcome',
    header: 'Outcome',
    value: ({ outcome, runState }) => runState ?? outcome,
    cell: (firing) => <FiringMark firing={firing} />,
  },
  { id: 'reason', header: 'Why', value: ({ reason }) => reason, wide: true },
];
