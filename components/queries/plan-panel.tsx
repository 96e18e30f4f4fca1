'use client';

import { useState } from 'react';
import { ApiError } from '@/components/data/api';
import { useJobs } from '@/components/data/jobs';
import { askRead, isReadOver, useRead } from '@/components/data/queries';
import { setUrl, useUrlState } from '@/components/data/url-state';
import { AnalyzeDialog, type AnalyzeWish } from '@/components/queries/analyze-dialog';
import { PlanAnswer } from '@/components/queries/plan-answer';
import { Button } from '@/components/ui/button';
import { ErrorState } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Textarea } from '@/components/ui/input';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import type { InstanceDetail } from '@/lib/contract/instances';
import type { QueryDetail } from '@/lib/contract/queries';

/** The highest `$n` of a text. In strings too: then there is one field too many, and its value is refused. */
function parametersOf(text: string | null): number {
  const numbers = [...(text ?? '').matchAll(/\$(\d{1,4})/g)].map(([, digits]) => Number(digits));
  return Math.min(1000, Math.max(0, ...numbers));
}

/** The plan of a query, asked for on demand; which one is in the URL, for as long as the console keeps it. */
export function PlanPanel({ instance, query }: { instance: InstanceDetail; query: QueryDetail }) {
  const jobs = useJobs();
  const [readId] = useUrlState('plan');
  const [callerPlace, chooseCaller] = useState(0);
  const [ownText, setOwnText] = useState('');
  const [isAsking, setAsking] = useState(false);
  const [isConfirming, setConfirming] = useState(false);
  const [error, setError] = useState<ApiError>();
  const read = useRead(readId);
  // The page knows the kind by what it answers, never by its name.
  const job = jobs.data?.items.find(({ answers }) => answers === 'statement-plan');
  const caller = query.callers[callerPlace] ?? query.callers[0];
  const text = ownText.trim();
  const isBusy = isAsking || (read.data !== undefined && !isReadOver(read.data));

  const ask = async (analyze?: AnalyzeWish) => {
    if (!job || !caller) return;
    setAsking(true);
    setError(undefined);
    try {
      const id = await askRead({
        kind: job.id,
        instanceId: instance.id,
        input: {
          ...{ database: caller.database, username: caller.username },
          ...(text ? { text } : { queryid: query.queryid }),
          ...(analyze && { analyze: true, ...analyze }),
        },
      });
      setUrl({ plan: id });
    } catch (problem) {
      if (problem instanceof ApiError) setError(problem);
      else throw problem;
    } finally {
      setAsking(false);
    }
  };

  if (job?.refusal) {
    return (
      <Panel id="plan" title="Plan">
        <p className="text-sm text-muted">
          {job.refusal.message} {job.refusal.next} A plan may hold values of people’s rows.
        </p>
      </Panel>
    );
  }
  return (
    <Panel
      id="plan"
      title="Plan"
      actions={
        <>
          {query.callers.length > 1 ? (
            <Select
              aria-label="As which caller"
              options={query.callers.map(({ database, username }, place) => ({
                value: String(place),
                label: `${username} in ${database}`,
              }))}
              value={String(callerPlace)}
              onChange={(event) => chooseCaller(Number(event.target.value))}
              className="h-7 w-52 text-sm"
            />
          ) : null}
          <Button size="small" disabled={!job || !caller || isBusy} onClick={() => setConfirming(true)}>
            Execute and measure…
          </Button>
          <Button
            size="small"
            look="primary"
            disabled={!job || !caller}
            busy={isBusy}
            onClick={() => void ask()}
          >
            Show the plan
          </Button>
        </>
      }
    >
      {readId ? null : (
        <p className="text-sm text-muted">
          Asked of the server at this moment, by the watch login. Writes are only ever planned.
        </p>
      )}
      {caller ? null : (
        <p className="text-sm text-muted">
          It was not called in this range, so its database is not known here. Choose a longer range.
        </p>
      )}
      {error ? <ErrorState error={error} onRetry={() => void ask()} /> : null}
      {read.error && readId ? (
        <ErrorState error={read.error} onRetry={() => void read.refetch()} />
      ) : read.data ? (
        <PlanAnswer read={read.data} />
      ) : null}
      <details className="mt-3 text-sm">
        <summary className="text-muted">Plan another text, with constants in place of parameters</summary>
        <Field
          label="Text"
          hint="One statement. It is used instead of what the server has of this query, and kept for 15 minutes."
          className="mt-2"
        >
          <Textarea mono value={ownText} onChange={(event) => setOwnText(event.target.value)} />
        </Field>
      </details>
      <AnalyzeDialog
        open={isConfirming}
        onClose={() => setConfirming(false)}
        parameters={parametersOf(text || query.text)}
        server={instance.name}
        onConfirm={(wish) => void ask(wish)}
      />
    </Panel>
  );
}
