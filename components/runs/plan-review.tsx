import { useJobs } from '@/components/data/jobs';
import { inputWords } from '@/components/runs/input-words';
import { argvText, medianOf } from '@/components/runs/words';
import { Age } from '@/components/ui/age';
import { CodeBlock, CopyButton } from '@/components/ui/code-block';
import { type Column, DataTable } from '@/components/ui/data-table';
import { KeyValue } from '@/components/ui/key-value';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import { formatDuration, formatValue } from '@/lib/base/format';
import { planScript } from '@/lib/contract/plan-script';
import type { Plan, PlanDocument } from '@/lib/contract/plans';

/** All of a plan, most important first: what, what stands in its way, what to know, exactly how. */
export function PlanReview({ plan, document }: { plan: Plan; document: PlanDocument }) {
  const schema = useJobs().data?.items.find(({ id }) => id === plan.kind)?.inputSchema;
  return (
    <div className="grid gap-4 lg:grid-cols-[3fr_2fr]">
      <div className="min-w-0 space-y-4">
        <Panel title="What will be done" at={plan.plannedAt}>
          <p className="max-w-prose text-lg">{document.summary}</p>
        </Panel>
        {document.blockers.length > 0 ? (
          <Panel title="Why it cannot run now">
            <ul className="space-y-2" data-blockers>
              {document.blockers.map(({ message, next }) => (
                <li key={message}>
                  <StatusMark status="error" word={message} />
                  <p className="pl-5 text-sm">{next}</p>
                </li>
              ))}
            </ul>
          </Panel>
        ) : null}
        {document.warnings.length > 0 ? (
          <Panel title="Know before you start">
            <ul className="space-y-1">
              {document.warnings.map((warning) => (
                <li key={warning}>
                  <StatusMark status="warn" word={warning} className="items-start! font-normal!" />
                </li>
              ))}
            </ul>
          </Panel>
        ) : null}
        <Panel
          title="Exactly this"
          note="Commands and statements as they will be run; {runDir} and {copyDir} are folders of the run’s own."
          actions={
            document.acts.length > 0 ? (
              <CopyButton text={planScript(document)} label="Copy as a shell script" />
            ) : null
          }
        >
          <ol className="space-y-2">
            {document.acts.map((act, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the order of a plan is fixed
              <li key={place}>
                <p className="mb-1 text-sm text-muted">
                  {place + 1}. {act.step}
                  {act.as ? `, as ${act.as}` : ''}
                </p>
                <CodeBlock
                  code={act.sql ?? argvText(act.argv ?? [])}
                  label={act.sql ? `SQL of step ${act.step}` : `Command of step ${act.step}`}
                  wrap
                />
              </li>
            ))}
          </ol>
        </Panel>
        {(document.tables ?? []).map((table) => (
          <PlanTable key={table.title} table={table} />
        ))}
      </div>
      <div className="min-w-0 space-y-4">
        <Panel title="Estimates" note="Not part of what is approved: they change by the minute.">
          <Estimates document={document} />
        </Panel>
        <Panel title="Input">
          <KeyValue items={inputWords(plan.input, schema)} />
        </Panel>
        <Panel title="This plan">
          <KeyValue
            items={[
              ['Asked for by', plan.requestedByName],
              ['Made', <Age key="at" at={plan.plannedAt} />],
              ['Runs on worker', plan.workerName ?? 'any of the pool'],
              [
                'Waits for others with',
                document.lockKeys.length > 0 ? (
                  <span key="l" className="font-mono text-xs">
                    {document.lockKeys
                      .map((key) => key.replaceAll(plan.cluster.id, plan.cluster.name))
                      .join(', ')}
                  </span>
                ) : (
                  'nobody'
                ),
              ],
              [
                'Hash',
                <span
                  key="h"
                  className="font-mono text-xs break-all"
                  title="Of kind, version, input, cluster and commands"
                >
                  {plan.hash ?? '–'}
                </span>,
              ],
            ]}
          />
        </Panel>
      </div>
    </div>
  );
}

function Estimates({ document }: { document: PlanDocument }) {
  const median = medianOf(document.pastDurations);
  const past = document.pastDurations;
  return (
    <KeyValue
      items={[
        ...document.estimates.map(
          ({ label, value, unit, note }) =>
            [
              label,
              <span key={label}>
                {value === null ? 'not known' : formatValue(value, unit)}
                {note ? <span className="ml-2 text-muted">{note}</span> : null}
              </span>,
            ] as const,
        ),
        [
          'Earlier runs',
          median === null
            ? 'none on this cluster'
            : `${past.length}: ${formatDuration(median)} as a rule, ${formatDuration(Math.max(...past))} at most`,
        ] as const,
      ]}
    />
  );
}

function PlanTable({ table }: { table: NonNullable<PlanDocument['tables']>[number] }) {
  type Row = (string | number | null)[];
  const columns: Column<Row>[] = table.columns.map((header, place) => ({
    id: `c${place}`,
    header,
    value: (row) => row[place] ?? null,
    align: table.rows.every((row) => typeof row[place] === 'number') ? 'right' : 'left',
  }));
  const index = new Map(table.rows.map((row, place) => [row, String(place)]));
  return (
    <Panel title={table.title} flush>
      <DataTable
        id={`plan-${table.title.toLowerCase().replace(/[^a-z]+/g, '-')}`}
        label={table.title}
        rows={table.rows}
        columns={columns}
        rowKey={(row) => index.get(row) ?? ''}
        plain={table.rows.length <= 15}
        empty={<p className="px-3 pb-3 text-sm text-muted">None.</p>}
      />
    </Panel>
  );
}
