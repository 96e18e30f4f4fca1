'use client';

import { FlaskConical } from 'lucide-react';
import { useEffect, useState } from 'react';
import { api } from '@/components/data/api';
import { useClusters } from '@/components/data/clusters';
import { useTrial } from '@/components/data/own-checks';
import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { type Column, DataTable } from '@/components/ui/data-table';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import { StatusMark } from '@/components/ui/status-mark';
import { formatDuration, plural } from '@/lib/base/format';
import { createdSchema } from '@/lib/contract/instances';
import type { OwnCheck, Trial, TrialResult } from '@/lib/contract/own-checks';

interface TrialPanelProps {
  /** The draft as it would be asked; null where the form has a mistake, which is then shown. */
  definition: () => OwnCheck | null;
  refusal: string | null;
  /** The draft differs from what the shown trial was about. */
  isOld: boolean;
  onTried: (definition: OwnCheck, ok: boolean) => void;
}

/** Runs the check once on a server of one's choice and shows what comes: rows, time, errors. Changes nothing. */
export function TrialPanel({ definition, refusal, isOld, onTried }: TrialPanelProps) {
  const clusters = useClusters();
  const [instanceId, setInstanceId] = useState('');
  const [database, setDatabase] = useState('');
  const [asked, setAsked] = useState<{ id: string; definition: OwnCheck } | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const servers = (clusters.data?.items ?? []).flatMap((cluster) =>
    cluster.instances
      .filter(({ state }) => state !== 'draft')
      .map(({ id, name }) => ({ value: id, label: `${cluster.name} · ${name}` })),
  );
  const chosen = instanceId || servers[0]?.value || '';
  const start = async () => {
    setFailure(null);
    const checked = definition();
    if (!checked) return;
    setBusy(true);
    try {
      const body = { instanceId: chosen, ...(database.trim() && { database }), definition: checked };
      const { id } = await api.post('/api/v1/own-checks/trials', body, createdSchema);
      setAsked({ id, definition: checked });
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  return (
    <Panel
      title="Try it"
      id="try"
      note="Runs it once with the watch login, in a read-only transaction. Only what has passed may be switched on."
    >
      <div className="flex flex-wrap items-end gap-3">
        <Field label="Server" required className="min-w-56">
          <Select
            value={chosen}
            options={servers}
            placeholder={servers.length === 0 ? 'No server is watched yet' : undefined}
            onChange={(event) => setInstanceId(event.target.value)}
          />
        </Field>
        <Field label="Database" className="min-w-40">
          <Input
            value={database}
            placeholder="the maintenance database"
            onChange={(event) => setDatabase(event.target.value)}
            autoComplete="off"
          />
        </Field>
        <Button
          look="primary"
          busy={busy}
          disabled={refusal !== null || chosen === ''}
          title={refusal ?? undefined}
          icon={<FlaskConical aria-hidden className="size-4" />}
          onClick={() => void start()}
        >
          Try it
        </Button>
      </div>
      <div className="mt-3 space-y-3" aria-live="polite">
        <ErrorLine error={failure} />
        {asked ? <Shown key={asked.id} asked={asked} isOld={isOld} onTried={onTried} /> : null}
      </div>
    </Panel>
  );
}

interface ShownProps {
  asked: { id: string; definition: OwnCheck };
  isOld: boolean;
  onTried: TrialPanelProps['onTried'];
}

function Shown({ asked, isOld, onTried }: ShownProps) {
  const [done, setDone] = useState(false);
  const trial = useTrial(asked.id, done);
  const outcome = trial.data?.state === 'done' ? trial.data.ok === true : null;
  useEffect(() => {
    if (outcome === null) return;
    setDone(true);
    onTried(asked.definition, outcome);
  }, [outcome, asked.definition, onTried]);
  return (
    <QueryState query={trial} lines={3}>
      {(data) => <Outcome trial={data} definition={asked.definition} isOld={isOld} />}
    </QueryState>
  );
}

function Outcome({ trial, definition, isOld }: { trial: Trial; definition: OwnCheck; isOld: boolean }) {
  if (trial.state !== 'done') {
    const word =
      trial.state === 'running'
        ? 'A worker is asking …'
        : `Waiting for a worker of the pool “${trial.pool}” …`;
    return <StatusMark status={trial.state === 'running' ? 'running' : 'queued'} word={word} />;
  }
  const { result } = trial;
  if (!result)
    return <StatusMark status="fail" word="The worker that ran this ended before it did. Try again." />;
  return (
    <>
      <p className="text-sm">
        <StatusMark status={trial.ok ? 'pass' : 'fail'} word={trial.ok ? 'Passed' : 'Failed'} />{' '}
        {trial.ok
          ? `${plural(result.rowCount, 'row')} in ${formatDuration(result.durationMs / 1000)}`
          : (result.reason ?? '')}{' '}
        <span className="text-muted">
          on {result.instanceName}, database {result.database || 'not reached'}
        </span>
      </p>
      {isOld ? (
        <p className="text-sm">
          <StatusMark status="stale" word="Of an earlier draft" /> Try it again: the query or its columns have
          changed.
        </p>
      ) : null}
      {result.mend ? <CodeBlock code={result.mend} label="What mends it" wrap /> : null}
      <Verdicts result={result} />
      {trial.ok ? <Rows result={result} definition={definition} /> : null}
    </>
  );
}

function Verdicts({ result }: { result: TrialResult }) {
  if (result.verdicts.length === 0) return null;
  return (
    <ul className="space-y-1 text-sm">
      {result.verdicts.map((verdict) => (
        <li key={`${verdict.object}${verdict.sentence}`}>
          <StatusMark status={verdict.level} className="mr-1.5 align-text-bottom" />
          {verdict.sentence}
        </li>
      ))}
    </ul>
  );
}

type Row = TrialResult['rows'][number];

function Rows({ result, definition }: { result: TrialResult; definition: OwnCheck }) {
  const columns = definition.columns.map((column): Column<{ id: string; row: Row }> => {
    const isNumber = column.role === 'gauge' || column.role === 'counter';
    return {
      id: column.name,
      header: column.label || column.name,
      value: ({ row }) => row[column.name] ?? null,
      ...(isNumber && { unit: column.unit ?? 'count' }),
    };
  });
  return (
    <div className="-mx-3">
      <DataTable
        id="trial"
        label="Rows of the trial"
        rows={result.rows.map((row, index) => ({ id: String(index), row }))}
        columns={columns}
        rowKey={({ id }) => id}
        plain
        empty={<p className="px-3 text-sm text-muted">No rows: where there are none, nothing is found.</p>}
        note={
          result.rowCount > result.rows.length
            ? `The first ${result.rows.length} of ${result.rowCount}.`
            : undefined
        }
      />
    </div>
  );
}
