'use client';

import { actHref } from '@/components/indexes/act-link';
import { AdviceItem } from '@/components/indexes/advice-item';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { Panel } from '@/components/ui/panel';
import { plural } from '@/lib/base/format';
import type { AdviceReport, InstanceIndexes } from '@/lib/contract/indexes';

interface AdvicePanelProps {
  data: InstanceIndexes;
  target: { clusterId: string; instanceId: string };
}

/** Advice is a week's workload at a moment: after two weeks it may be another one. */
const staleAfterSeconds = 14 * 86_400;

/** Indexes that the workload asks for, each with the planner's cost of its statements without and with it. */
export function AdvicePanel({ data, target }: AdvicePanelProps) {
  const { advise } = data.acts;
  const oldest = data.advice.map(({ observedAt }) => observedAt).sort()[0];
  return (
    <Panel
      id="advice"
      title="Advised indexes"
      note="From the statements that the console has collected; a cost is the planner’s own, for any values."
      at={data.advice.length === 0 ? undefined : oldest}
      staleAfterSeconds={staleAfterSeconds}
      flush
      actions={
        advise ? (
          <ButtonLink size="small" href={actHref(advise.job, target, {})}>
            {advise.label}
          </ButtonLink>
        ) : null
      }
    >
      {data.advice.length === 0 ? (
        <p className="px-3 pb-3 text-sm text-muted">
          No advice yet. “{advise?.label ?? 'Advise indexes'}” reads the heaviest statements of a database and
          proves each index before anybody builds it; it can also run on a schedule.
        </p>
      ) : (
        data.advice.map((report) => (
          <Report key={report.database} report={report} data={data} target={target} />
        ))
      )}
    </Panel>
  );
}

function Report({ report, data, target }: AdvicePanelProps & { report: AdviceReport }) {
  const { database, items, statements, relevant, planned, candidates, refused, unproven } = report;
  return (
    <section aria-label={`Advice for ${database}`} className="pb-1">
      <div className="px-3 pb-2 text-sm">
        <h3 className="font-semibold">{database}</h3>
        <p className="text-muted">
          {plural(statements, 'statement')} read; {planned} of {relevant} on tables of 1,000 rows and more
          planned, {plural(candidates, 'candidate')} tried.{' '}
          {items.length === 0
            ? 'None at least halves what a statement costs: nothing needs to be created.'
            : `${items.filter(({ proven }) => proven).length} proven.`}
        </p>
      </div>
      {unproven ? (
        <div className="px-3 pb-3">
          <Banner tone="unknown" title={unproven.reason}>
            <div className="mt-1">
              <CodeBlock code={unproven.mend} label="What mends it" wrap />
            </div>
          </Banner>
        </div>
      ) : null}
      {items.map((item, place) => (
        <AdviceItem
          key={item.definition}
          id={`advice.${database}.${place}`}
          item={item}
          database={database}
          create={data.acts.create}
          target={target}
        />
      ))}
      {refused.length > 0 ? <Refused refused={refused} /> : null}
    </section>
  );
}

/** Statements without a plan are not part of any proof: the reason of each, and what mends it, once. */
function Refused({ refused }: { refused: AdviceReport['refused'] }) {
  const byMend = new Map<string, AdviceReport['refused']>();
  for (const each of refused) {
    const key = each.mend ?? each.reason;
    byMend.set(key, [...(byMend.get(key) ?? []), each]);
  }
  return (
    <details className="border-t border-line px-3 py-2 text-sm">
      <summary className="cursor-pointer">
        {plural(refused.length, 'statement')} could not be planned, so no proof speaks of them
      </summary>
      <ul className="mt-2 space-y-3">
        {[...byMend].map(([key, list]) => (
          <li key={key}>
            <p>
              {list[0]?.reason}
              {list.length > 1 ? <span className="text-muted"> ({list.length} statements)</span> : null}
            </p>
            {list[0]?.text ? (
              <p className="line-clamp-2 font-mono text-xs text-muted">{list[0].text}</p>
            ) : null}
            {list[0]?.mend ? <CodeBlock code={list[0].mend} label="What mends it" wrap /> : null}
          </li>
        ))}
      </ul>
    </details>
  );
}
