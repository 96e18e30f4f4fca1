'use client';

import Link from 'next/link';
import { markLooks } from '@/components/charts/mark-looks';
import { markColours, markKinds } from '@/components/charts/marks';
import { useAllMarks, useHiddenMarks } from '@/components/data/marks';
import { useKeptQuery } from '@/components/data/range';
import { classNames } from '@/components/ui/class-names';

interface MarkLegendProps {
  clusterId: string;
  instanceId: string;
}

/** What stands on the page's charts, by kind: how many, and a click hides or shows them on all of them. */
export function MarkLegend({ clusterId, instanceId }: MarkLegendProps) {
  const marks = useAllMarks(clusterId, instanceId);
  const { hidden, toggle } = useHiddenMarks();
  const kept = useKeptQuery();
  const shown = markKinds.filter((kind) => hidden.has(kind) || marks.some((mark) => mark.kind === kind));
  return (
    <ul aria-label="Marks on the charts" className="flex flex-wrap items-center gap-x-3 text-xs text-muted">
      {shown.map((kind) => {
        const { icon: Icon, word } = markLooks[kind];
        return (
          <li key={kind}>
            <button
              type="button"
              aria-pressed={!hidden.has(kind)}
              title={`${hidden.has(kind) ? 'Show' : 'Hide'} on all charts`}
              onClick={() => toggle(kind)}
              className={classNames(
                'flex min-h-6 items-center gap-1 hover:text-ink',
                hidden.has(kind) && 'line-through',
              )}
            >
              <Icon aria-hidden className="size-3" style={{ color: markColours[kind] }} />
              {word}
              <span className="font-medium text-ink">
                {marks.filter((mark) => mark.kind === kind).length}
              </span>
            </button>
          </li>
        );
      })}
      <li>
        <Link
          href={`/changes${kept}${kept ? '&' : '?'}clusterId=${clusterId}`}
          prefetch={false}
          className="link inline-flex min-h-6 items-center"
        >
          {shown.length === 0 ? 'No change in this range' : 'All changes'}
        </Link>
      </li>
    </ul>
  );
}
