'use client';

import { Wrench } from 'lucide-react';
import Link from 'next/link';
import { useJobs } from '@/components/data/jobs';
import { useUrlState } from '@/components/data/url-state';
import { loginWords, riskMeanings, riskWords, runsOnWords } from '@/components/runs/words';
import { ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Input } from '@/components/ui/input';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusMark } from '@/components/ui/status-mark';
import { plural } from '@/lib/base/format';
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
        {({ items }) => <JobList jobs={items} />}
      </QueryState>
    </>
  );
}

/** By title, as people look for them; a filter, since there are dozens. */
function JobList({ jobs }: { jobs: readonly Job[] }) {
  const [text, setText] = useUrlState('q');
  const wanted = text.trim().toLowerCase();
  const shown = jobs
    .filter(({ title, summary }) => `${title} ${summary}`.toLowerCase().includes(wanted))
    .sort((left, right) => left.title.localeCompare(right.title, 'en'));
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Input
          type="search"
          data-table-filter
          aria-label="Filter jobs"
          placeholder="Filter by what it does  /"
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="h-7 max-w-72 text-sm"
        />
        <span className="text-xs text-muted" aria-live="polite">
          {shown.length} of {plural(jobs.length, 'job')}
        </span>
      </div>
      {shown.length === 0 ? (
        <p className="px-1 py-4 text-sm text-muted">
          No job matches.{' '}
          <button type="button" className="link" onClick={() => setText('')}>
            Show all
          </button>
        </p>
      ) : (
        <ul className="grid gap-3 lg:grid-cols-2">
          {shown.map((job) => (
            <JobCard key={job.id} job={job} />
          ))}
        </ul>
      )}
    </div>
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
