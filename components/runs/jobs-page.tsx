'use client';

import { Wrench } from 'lucide-react';
import Link from 'next/link';
import { useJobs } from '@/components/data/jobs';
import { loginWords, riskMeanings, riskWords, runsOnWords } from '@/components/runs/words';
import { ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusMark } from '@/components/ui/status-mark';
import type { Job } from '@/lib/contract/jobs';

/** Everything that the console can do to a server, what it risks and who may. */
export function JobsPage() {
  const query = useJobs();
  return (
    <>
      <PageHeader
        title="Jobs"
        note="Each shows a plan with the exact commands first. Nothing runs before somebody has read it and started it."
        actions={<ButtonLink href="/runs">Runs</ButtonLink>}
      />
      <QueryState
        query={query}
        lines={8}
        empty={({ items }) => (items.length === 0 ? <NoJobs /> : undefined)}
      >
        {({ items }) => (
          <ul className="grid gap-3 lg:grid-cols-2">
            {items.map((job) => (
              <JobCard key={job.id} job={job} />
            ))}
          </ul>
        )}
      </QueryState>
    </>
  );
}

function JobCard({ job }: { job: Job }) {
  return (
    <li className="flex flex-col gap-2 rounded-lg border border-line bg-surface p-3" data-job={job.id}>
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <h2 className="min-w-0 flex-1 text-base font-semibold">
          <Link href={`/jobs/${job.id}`} prefetch={false} className="hover:underline">
            {job.title}
          </Link>
        </h2>
        <Badge title={riskMeanings[job.risk]}>{riskWords[job.risk]}</Badge>
        {job.schedulable ? <Badge>can be scheduled</Badge> : null}
      </div>
      <p className="max-w-prose text-sm">{job.summary}</p>
      <p className="text-sm text-muted">
        Runs on {runsOnWords[job.runsOn]} with the {loginWords[job.as]}.{' '}
        {'none' in job.undo ? `No undo: ${lowerFirst(job.undo.none)}` : `Undo: ${job.undo.label}.`}
      </p>
      {job.refusal ? (
        <div className="mt-auto text-sm">
          <StatusMark status="disabled" word={job.refusal.message} />
          <p className="text-muted">{job.refusal.next}</p>
        </div>
      ) : (
        <div className="mt-auto">
          <ButtonLink href={`/jobs/${job.id}`} look="primary" size="small">
            Plan it
          </ButtonLink>
        </div>
      )}
    </li>
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function NoJobs() {
  return (
    <Panel title="No kinds of job">
      <EmptyState icon={Wrench} title="This console was built without any job">
        The catalogue is empty, which no release is: build the console again.
      </EmptyState>
    </Panel>
  );
}
