'use client';

import Link from 'next/link';
import { type FormEvent, useCallback, useState } from 'react';
import { AnswerTable } from '@/components/copies/answer-table';
import { withQuery } from '@/components/data/api';
import { useAnswer } from '@/components/data/copies';
import { useUrlState } from '@/components/data/url-state';
import { useRecoveryJobs } from '@/components/restore/use-recovery-jobs';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { Textarea } from '@/components/ui/input';
import type { Copy } from '@/lib/contract/copies';
import type { Job } from '@/lib/contract/jobs';
import type { NewRead } from '@/lib/contract/reads';

interface ViewProps {
  copy: Copy;
  database: string;
}

function questionOf(job: Job | undefined, copy: Copy, input: Record<string, unknown>): NewRead | undefined {
  if (!job || job.refusal || copy.instanceId === null) return undefined;
  return {
    kind: job.id,
    instanceId: copy.instanceId,
    input: { copyId: copy.id, ...input } as NewRead['input'],
  };
}

export function Refused({ job }: { job: Job | undefined }) {
  if (!job?.refusal) return null;
  return (
    <Banner tone="info" title={job.refusal.message}>
      {job.refusal.next}
    </Banner>
  );
}

/** Databases of the copy, as an answer to choose one from. */
export function useCopyDatabases(copy: Copy | undefined) {
  const { jobFor } = useRecoveryJobs();
  const job = jobFor('browse');
  return { job, ...useAnswer(copy?.state === 'open' ? questionOf(job, copy, {}) : undefined) };
}

function Exact({ isExact, onChange }: { isExact: boolean; onChange: (isExact: boolean) => void }) {
  return (
    <Checkbox
      label="Count rows exactly (reads every table whole, for a minute at most)"
      checked={isExact}
      onChange={(event) => onChange(event.target.checked)}
    />
  );
}

/** Where a table of the copy is rescued from: the restore page with all of it filled in. */
function rescueHref(copy: Copy, database: string, schema: string, table: string): string {
  return withQuery(`/clusters/${copy.cluster.id}/restore`, {
    ...{ what: 'table', copy: copy.id, database, schema, table },
  });
}

export function CompareView({ copy, database }: ViewProps) {
  const { jobFor } = useRecoveryJobs();
  const job = jobFor('compare');
  const [exact, setExact] = useUrlState('exact');
  const answer = useAnswer(questionOf(job, copy, { database, exact: exact === 'true' }));
  const act = useCallback(
    (cells: unknown[]) => (
      <Link
        href={rescueHref(copy, database, String(cells[0]), String(cells[1]))}
        prefetch={false}
        className="link"
      >
        Rescue
      </Link>
    ),
    [copy, database],
  );
  return (
    <div className="space-y-3">
      <Refused job={job} />
      <Exact isExact={exact === 'true'} onChange={(isExact) => setExact(isExact ? 'true' : '')} />
      {job?.refusal ? null : <AnswerTable id="compare" label="Copy and live" {...answer} act={act} />}
    </div>
  );
}

export function BrowseView({ copy, database }: ViewProps) {
  const { jobFor } = useRecoveryJobs();
  const job = jobFor('browse');
  const [exact, setExact] = useUrlState('exact');
  const [schema, setSchema] = useUrlState('schema');
  const [table, setTable] = useUrlState('table');
  const isTable = schema !== '' && table !== '';
  const answer = useAnswer(
    questionOf(job, copy, { database, ...(isTable ? { schema, table } : { exact: exact === 'true' }) }),
  );
  const act = useCallback(
    (cells: unknown[]) => (
      <Button
        size="small"
        look="quiet"
        onClick={() => {
          setSchema(String(cells[0]));
          setTable(String(cells[1]));
        }}
      >
        Columns
      </Button>
    ),
    [setSchema, setTable],
  );
  return (
    <div className="space-y-3">
      <Refused job={job} />
      {isTable ? (
        <div className="flex flex-wrap items-center gap-3">
          <Button
            size="small"
            onClick={() => {
              setSchema('');
              setTable('');
            }}
          >
            All tables
          </Button>
          <span className="font-mono text-sm break-all">
            {schema}.{table}
          </span>
          <Link href={rescueHref(copy, database, schema, table)} prefetch={false} className="link text-sm">
            Rescue this table
          </Link>
        </div>
      ) : (
        <Exact isExact={exact === 'true'} onChange={(isExact) => setExact(isExact ? 'true' : '')} />
      )}
      {job?.refusal ? null : (
        <AnswerTable
          id={isTable ? 'columns' : 'tables'}
          label={isTable ? 'Columns' : 'Tables'}
          {...answer}
          {...(!isTable && { act })}
        />
      )}
    </div>
  );
}

export function AskView({ copy, database }: ViewProps) {
  const { jobFor } = useRecoveryJobs();
  const job = jobFor('ask');
  const [text, setText] = useState('');
  const [wanted, setWanted] = useState('');
  const answer = useAnswer(wanted === '' ? undefined : questionOf(job, copy, { database, text: wanted }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === wanted) void answer.asked.refetch();
    setWanted(text.trim());
  };
  return (
    <div className="space-y-3">
      <Refused job={job} />
      <form onSubmit={submit} className="space-y-2">
        <Field
          label="One statement that reads"
          hint="Runs in a read-only transaction of the copy for 15 s at most. The statement and its answer are kept for 15 minutes."
        >
          <Textarea
            mono
            value={text}
            placeholder="select * from orders where id = 42"
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        <Button look="primary" type="submit" disabled={text.trim() === '' || !job || job.refusal !== null}>
          Ask the copy
        </Button>
      </form>
      {wanted === '' ? null : <AnswerTable id="answer" label="Answer" {...answer} />}
    </div>
  );
}
