'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { ApiError } from '@/components/data/api';
import { requestPlan, useJobChoices, useJobs } from '@/components/data/jobs';
import { JobAbout } from '@/components/runs/job-about';
import { SchemaInput } from '@/components/runs/schema-input';
import { TargetFields } from '@/components/runs/target-fields';
import { TypedInput } from '@/components/runs/typed-input';
import { isTyped, useJobDraft } from '@/components/runs/use-job-draft';
import { riskMeanings, riskWords } from '@/components/runs/words';
import { Banner } from '@/components/ui/banner';
import { Button, ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorLine } from '@/components/ui/error-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge } from '@/components/ui/status-mark';
import type { Job } from '@/lib/contract/jobs';

/** Chooses target and input of a kind of job. It ends in a plan, not in a run. */
export function JobPage({ kind }: { kind: string }) {
  const query = useJobs();
  return (
    <QueryState query={query} lines={8}>
      {({ items }) => {
        const job = items.find(({ id }) => id === kind);
        return job ? <JobForm job={job} /> : <NoSuchJob />;
      }}
    </QueryState>
  );
}

function JobForm({ job }: { job: Job }) {
  const router = useRouter();
  const draft = useJobDraft(job);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const choices = useJobChoices(job.id, draft.clusterId, draft.instanceId);
  const plan = useMutation({
    mutationFn: () =>
      requestPlan({
        kind: job.id,
        clusterId: draft.clusterId,
        instanceId: draft.instanceId || undefined,
        input: draft.input as Record<string, never>,
        ...(Object.keys(typed).length > 0 && { typed }),
      }),
    onSuccess: (id) => router.push(`/plans/${id}`),
  });
  const wrong = plan.error instanceof ApiError ? plan.error.fields : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    plan.mutate();
  };
  const empty = draft.fields
    .filter(({ name, required }) => required && !(draft.values[name] || typed[name]?.trim()))
    .map(({ title }) => title);
  const missing = [...(draft.clusterId ? [] : ['Cluster']), ...empty];
  return (
    <>
      <PageHeader
        title={job.title}
        marks={<Badge title={riskMeanings[job.risk]}>{riskWords[job.risk]}</Badge>}
        note={job.summary}
        actions={
          job.schedulable ? (
            <ButtonLink href={`/schedules/new/${job.id}?${draft.search}`}>Put it on a schedule</ButtonLink>
          ) : null
        }
      />
      <div className="grid gap-4 lg:grid-cols-[3fr_2fr]">
        <Panel title="What to do it to">
          <form onSubmit={submit} className="max-w-xl space-y-4">
            {job.refusal ? (
              <Banner tone="info" title={job.refusal.message}>
                {job.refusal.next}
              </Banner>
            ) : null}
            <TargetFields
              job={job}
              clusterId={draft.clusterId}
              instanceId={draft.instanceId}
              onChange={draft.setTarget}
            />
            {draft.fields.map((field, place) =>
              isTyped(job, field.name) ? (
                <TypedInput
                  key={field.name}
                  field={field}
                  value={typed[field.name] ?? ''}
                  error={wrong[field.name] ?? wrong[`typed.${field.name}`]}
                  onChange={(text) => setTyped({ ...typed, [field.name]: text })}
                />
              ) : (
                <SchemaInput
                  key={field.name}
                  field={field}
                  fieldsBefore={draft.fields.slice(0, place).map(({ name }) => name)}
                  values={draft.values}
                  offered={choices.data?.fields[field.name]}
                  error={wrong[field.name] ?? wrong[`input.${field.name}`]}
                  onChange={draft.setValues}
                />
              ),
            )}
            <ErrorLine error={plan.error} />
            <div className="flex flex-wrap items-center gap-3">
              <Button
                type="submit"
                look="primary"
                busy={plan.isPending || plan.isSuccess}
                disabled={missing.length > 0 || job.refusal !== null}
              >
                Make the plan
              </Button>
              <span className="text-sm text-muted">
                {missing.length > 0
                  ? `Still to choose: ${missing.join(', ')}.`
                  : 'Reads only: nothing is changed yet.'}
              </span>
            </div>
          </form>
        </Panel>
        <JobAbout job={job} clusterId={draft.clusterId} />
      </div>
    </>
  );
}

export function NoSuchJob() {
  return (
    <Panel title="Job">
      <EmptyState
        title="There is no such kind of job"
        actions={<ButtonLink href="/jobs">All jobs</ButtonLink>}
      >
        The address may be of another version of the console.
      </EmptyState>
    </Panel>
  );
}
