'use client';

import { useVirtualizer } from '@tanstack/react-virtual';
import { Pause, Play } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useRunLog } from '@/components/data/runs';
import { useUrlState } from '@/components/data/url-state';
import { bothTimes } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { classNames } from '@/components/ui/class-names';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import { download } from '@/components/ui/table-export';
import type { LogLine } from '@/lib/contract/runs';

const levelTones = { info: 'text-muted', warn: 'text-warn', error: 'text-crit' } as const;
const levelRank = { info: 0, warn: 1, error: 2 } as const;

/** Local time, as everywhere on the pages; UTC stands in the title and in the file. */
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** The run's log, live. Only the lines in view are drawn; a pause holds the view still and loses nothing. */
export function RunLog({ runId, isOpen }: { runId: string; isOpen: boolean }) {
  const query = useRunLog(runId, isOpen);
  const [least, setLeast] = useUrlState('log', 'info');
  const [heldAt, setHeldAt] = useState<number | null>(null);
  const all = query.data ?? [];
  const held = heldAt === null ? all : all.filter(({ seq }) => seq <= heldAt);
  const floor = levelRank[least as keyof typeof levelRank] ?? 0;
  const lines = held.filter(({ level }) => levelRank[level] >= floor);
  const newer = all.length - held.length;
  return (
    <Panel
      title="Log"
      flush
      actions={
        <>
          <Select
            aria-label="Lines from this level up"
            value={least}
            className="h-7 w-auto text-sm"
            options={[
              { value: 'info', label: 'All lines' },
              { value: 'warn', label: 'Warnings and errors' },
              { value: 'error', label: 'Errors' },
            ]}
            onChange={(event) => setLeast(event.target.value)}
          />
          {isOpen || heldAt !== null ? (
            <Button
              size="small"
              icon={
                heldAt === null ? (
                  <Pause aria-hidden className="size-3.5" />
                ) : (
                  <Play aria-hidden className="size-3.5" />
                )
              }
              onClick={() => setHeldAt(heldAt === null ? (all.at(-1)?.seq ?? 0) : null)}
            >
              {heldAt === null ? 'Pause' : `Follow${newer > 0 ? ` (${newer} new)` : ''}`}
            </Button>
          ) : null}
          <Button
            size="small"
            look="quiet"
            onClick={() => download(`run-${runId}.log`, 'text/plain', all.map(lineText).join('\n'))}
          >
            Download
          </Button>
        </>
      }
    >
      <QueryState query={query} lines={5}>
        {() =>
          lines.length === 0 ? (
            <p className="px-3 pb-3 text-sm text-muted">
              {all.length === 0 ? 'Nothing was said yet.' : 'No line of this level.'}
            </p>
          ) : (
            <LogLines lines={lines} follow={heldAt === null && isOpen} />
          )
        }
      </QueryState>
    </Panel>
  );
}

function lineText(line: LogLine): string {
  return `${line.at} ${line.level.padEnd(5)} ${line.step ? `[${line.step}] ` : ''}${line.text}`;
}

function LogLines({ lines, follow }: { lines: readonly LogLine[]; follow: boolean }) {
  const scroller = useRef<HTMLElement>(null);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 20,
    overscan: 20,
  });
  useEffect(() => {
    if (follow && lines.length > 0) virtualizer.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [follow, lines.length, virtualizer]);
  return (
    <section
      ref={scroller}
      aria-label="Log lines"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
      className="max-h-96 overflow-auto border-t border-line bg-sunken font-mono text-xs focus-visible:-outline-offset-2"
    >
      <div className="relative w-full" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const line = lines[item.index];
          if (!line) return null;
          return (
            <div
              key={line.seq}
              ref={virtualizer.measureElement}
              data-index={item.index}
              className="absolute inset-x-0 flex gap-x-2 px-3 leading-5"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <time dateTime={line.at} title={bothTimes(line.at)} className="shrink-0 text-faint">
                {clock.format(new Date(line.at))}
              </time>
              <span className={classNames('w-10 shrink-0', levelTones[line.level])}>{line.level}</span>
              {line.step ? <span className="shrink-0 text-faint max-sm:hidden">{line.step}</span> : null}
              <span
                className={classNames(
                  'min-w-0 break-words whitespace-pre-wrap',
                  line.level !== 'info' && levelTones[line.level],
                )}
              >
                {line.text}
              </span>
            </div>
          );
        })}
      </div>
    </section>
  );
}
