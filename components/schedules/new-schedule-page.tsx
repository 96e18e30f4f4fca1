'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import type { FormEvent } from 'react';
import { ApiError } from '@/components/data/api';
import { useJobChoices, useJobs } from '@/components/data/jobs';
import { addSchedule } from '@/components/data/schedules';
import { useUrlState } from '@/components/data/url-state';
import { NoSuchJob } from '@/components/runs/job-page';
import { SchemaInput } from '@/components/runs/schema-input';
import { TargetFields } from '@/components/runs/target-fields';
import { useJobDraft } from '@/components/runs/use-job-draft';
import { type Timing, TimingFields } from '@/components/schedules/timing-fields';
import { Banner } from '@/components/ui/banner';
import { Button, ButtonLink } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import type { Job } from '@/lib/contract/jobs';

/** Puts a kind of job on a schedule: its input, and when. */
export function NewSchedulePage({ kind }: { kind: string }) {
  const query = useJobs();
  return (
    <QueryState query={query} lines={8}>
      {({ items }) => {
        const job = items.find(({ id, schedulable }) => id === kind && schedulable);
        return job ? <ScheduleForm job={job} /> : <NoSuchJob />;
      }}
    </QueryState>
  );
}

function ScheduleForm({ job }: { job: Job }) {
  const router = useRouter();
  const draft = useJobDraft(job);
  const choices = useJobChoices(job.id, draft.clusterId, '');
  const [cron, setCron] = useUrlState('cron', '30 2 * * *');
  const [zone, setZone] = useUrlState('zone', Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC');
  const [missed, setMissed] = useUrlState('missed', 'run-once');
  const timing: Timing = { cron, zone, missed: missed === 'skip' ? 'skip' : 'run-once' };
  const changeTiming = (changes: Partial<Timing>) => {
    if (changes.cron !== undefined) setCron(changes.cron);
    if (changes.zone !== undefined) setZone(changes.zone);
    if (changes.missed !== undefined) setMissed(changes.missed);
  };
  const add = useMutation({
    mutationFn: () =>
      addSchedule({
        kind: job.id,
        clusterId: draft.clusterId,
        input: draft.input as Record<string, never>,
        ...timing,
      }),
    onSuccess: (id) => router.push(`/schedules/${id}`),
  });
  const wrong = add.error instanceof ApiError ? add.error.fields : {};
  const missing = [
    ...(draft.clusterId ? [] : ['Cluster']),
    ...draft.fields.filter(({ name, required }) => required && !draft.values[name]).map(({ title }) => title),
    ...(timing.cron.trim() ? [] : ['Cron line']),
  ];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <>
      <PageHeader
        title={`Schedule: ${job.title}`}
        note="You approve this kind with this input. Each time it makes a plan of its own and runs only when nothing stands in its way."
        actions={<ButtonLink href={`/jobs/${job.id}?${draft.search}`}>Run it once instead</ButtonLink>}
      />
      <form onSubmit={submit} className="grid gap-4 lg:grid-cols-2">
        <Panel title="What">
          <div className="space-y-4">
            {job.refusal ? (
              <Banner tone="info" title={job.refusal.message}>
                {job.refusal.next}
              </Banner>
            ) : null}
            <TargetFields
              job={job}
              clusterId={draft.clusterId}
              instanceId=""
              onChange={draft.setTarget}
              clusterOnly
            />
            {draft.fields.map((field, place) => (
              <SchemaInput
                key={field.name}
                field={field}
                fieldsBefore={draft.fields.slice(0, place).map(({ name }) => name)}
                values={draft.values}
                offered={choices.data?.fields[field.name]}
                error={wrong[field.name] ?? wrong[`input.${field.name}`]}
                onChange={draft.setValues}
              />
            ))}
          </div>
        </Panel>
        <Panel title="When">
          <div className="space-y-4">
            <TimingFields timing={timing} onChange={changeTiming} errors={wrong} />
            <ErrorLine error={add.error} />
            <div className="flex flex-wrap items-center gap-3">
              <Button
                type="submit"
                look="primary"
                busy={add.isPending || add.isSuccess}
                disabled={missing.length > 0 || job.refusal !== null}
              >
                Add the schedule
              </Button>
              {missing.length > 0 ? (
                <span className="text-sm text-muted">Still to choose: {missing.join(', ')}.</span>
              ) : null}
            </div>
          </div>
        </Panel>
      </form>
    </>
  );
}
