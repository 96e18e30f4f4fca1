'use client';

import Link from 'next/link';
import { actHref } from '@/components/indexes/act-link';
import { ButtonLink } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { type Column, DataTable } from '@/components/ui/data-table';
import { StatusBadge } from '@/components/ui/status-mark';
import { formatBytes, formatNumber } from '@/lib/base/format';
import type { IndexAct, IndexAdviceItem } from '@/lib/contract/indexes';

type Statement = IndexAdviceItem['statements'][number];

const shownText = ({ text, textHidden, queryid }: Statement) =>
  text ?? (textHidden ? 'hidden from your role' : `query ${queryid}`);

/** `−97 %` of the planner's cost. */
function saved({ costBefore, costAfter }: Statement): number | null {
  if (costBefore === null || costAfter === null || costBefore === 0) return null;
  return Math.round((1000 * (costAfter - costBefore)) / costBefore) / 10;
}

function columnsOf(instanceId: string): Column<Statement>[] {
  return [
    {
      id: 'text',
      header: 'Statement',
      value: shownText,
      wide: true,
      cell: (one) => (
        <Link
          href={`/instances/${instanceId}/queries/${encodeURIComponent(one.queryid)}`}
          prefetch={false}
          title={shownText(one)}
          className="link line-clamp-2 font-mono text-xs"
        >
          {shownText(one)}
        </Link>
      ),
    },
    { id: 'calls', header: 'Calls', value: (one) => one.calls, unit: 'count' },
    { id: 'before', header: 'Cost without', value: (one) => one.costBefore, unit: 'none', align: 'right' },
    { id: 'after', header: 'Cost with it', value: (one) => one.costAfter, unit: 'none', align: 'right' },
    { id: 'saved', header: 'Change', value: saved, unit: 'percent' },
  ];
}

/** What each write pays for it from then on. */
function writeCost({ writesPerSecond, indexesNow, updatedColumns }: IndexAdviceItem): string {
  const rate = writesPerSecond === null ? 'Each write' : `Each of ${formatNumber(writesPerSecond)} writes/s`;
  const hot =
    updatedColumns.length > 0
      ? ` Updates of ${updatedColumns.join(', ')} can no longer be HOT: each then writes every index.`
      : '';
  return `${rate} keeps up ${indexesNow + 1} ${indexesNow === 0 ? 'index' : 'indexes'} of the table then, ${indexesNow} now.${hot}`;
}

interface AdviceItemProps {
  item: IndexAdviceItem;
  id: string;
  database: string;
  create: IndexAct | null;
  target: { clusterId: string; instanceId: string };
}

/** One advised index: what it is, what proves it, what it costs, and the way to its plan. */
export function AdviceItem({ item, id, database, create, target }: AdviceItemProps) {
  const { definition, proven, unproven, bytes, statements, isThere } = item;
  return (
    <article className="border-t border-line px-3 py-3" aria-label={definition}>
      <div className="mb-2 flex flex-wrap items-center gap-2">
        {isThere ? (
          <StatusBadge status="done" word="Created" />
        ) : proven ? (
          <StatusBadge status="pass" word="Proven" />
        ) : (
          <StatusBadge status="unknown" word="Not proven" />
        )}
        <span className="text-sm">
          {item.schema}.{item.table}, {formatNumber(item.tableRows)} rows, {formatBytes(item.tableBytes)}
        </span>
        {create && !isThere ? (
          <span className="ml-auto">
            <ButtonLink
              size="small"
              look="primary"
              href={actHref(create.job, target, { database, definition })}
            >
              Plan this index
            </ButtonLink>
          </span>
        ) : null}
      </div>
      <CodeBlock code={`${definition};`} label="Advised index" wrap />
      <p className="my-2 text-sm text-muted">
        {bytes === null ? 'Its size is not known.' : `Estimated size ${formatBytes(bytes)}.`}{' '}
        {writeCost(item)}
        {unproven ? ` ${unproven}` : ''}
      </p>
      <DataTable
        id={id}
        label={`Statements that ${proven ? 'use' : 'may use'} it`}
        rows={statements}
        columns={columnsOf(target.instanceId)}
        rowKey={(one) => one.queryid}
        plain
      />
    </article>
  );
}
