'use client';

import { useChanges } from '@/components/data/changes';
import { useUrlState } from '@/components/data/url-state';
import { ChangeKind, ChangeSentence, ChangeTime, placeOf } from '@/components/now/change-words';
import { Button, ButtonLink } from '@/components/ui/button';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { useNow } from '@/components/ui/use-now';
import type { Change } from '@/lib/contract/changes';

const hourMs = 3_600_000;
/** More than this are a list of their own. */
const shownAtMost = 30;

/** What changed in the last hour and day, runs among it: most trouble begins with one of these. */
export function NowChanges() {
  const [when, setWhen] = useUrlState('changed', 'day');
  const changes = useChanges({ range: '24h', limit: 500 });
  const now = useNow();
  const isWithinHour = (change: Change) => now === 0 || now - Date.parse(change.at) <= hourMs;
  const all = changes.data?.items ?? [];
  const hour = all.filter(isWithinHour);
  // Nothing is counted before it was read.
  const word = (count: number) =>
    !changes.data ? '' : changes.data.nextCursor ? `${count}+` : String(count);
  return (
    <Panel
      title="What changed"
      flush
      className="self-start"
      actions={
        <>
          <Button
            size="small"
            look={when === 'hour' ? 'plain' : 'quiet'}
            aria-pressed={when === 'hour'}
            onClick={() => setWhen('hour')}
          >
            Last hour {changes.data ? hour.length : ''}
          </Button>
          <Button
            size="small"
            look={when === 'hour' ? 'quiet' : 'plain'}
            aria-pressed={when !== 'hour'}
            onClick={() => setWhen('day')}
          >
            Last day {word(all.length)}
          </Button>
          <ButtonLink href="/changes?range=24h" size="small" look="quiet">
            All changes
          </ButtonLink>
        </>
      }
    >
      <QueryState query={changes} lines={5}>
        {(data) => (
          <ChangeList changes={when === 'hour' ? hour : all} unknown={data.unknown.length} when={when} />
        )}
      </QueryState>
    </Panel>
  );
}

function ChangeList({
  changes,
  unknown,
  when,
}: {
  changes: readonly Change[];
  unknown: number;
  when: string;
}) {
  return (
    <>
      {changes.length === 0 ? (
        <p className="px-3 pb-3 text-sm text-muted">
          Nothing changed in the last {when}: no setting, schema, restart, failover, run or mark that is known
          of.
        </p>
      ) : (
        <ul className="divide-y divide-line border-t border-line">
          {changes.slice(0, shownAtMost).map((change) => (
            <li key={change.id} className="flex items-start gap-2 px-3 py-1.5 text-sm">
              <span className="mt-0.5">
                <ChangeKind kind={change.kind} withWord={false} />
              </span>
              <div className="min-w-0 flex-1">
                <p>
                  <ChangeSentence change={change} />
                </p>
                <p className="text-xs text-muted">
                  {placeOf(change)}
                  {change.byName ? `, by ${change.byName}` : ''}
                </p>
              </div>
              <span className="shrink-0 text-xs text-muted">
                <ChangeTime change={change} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {changes.length > shownAtMost ? (
        <p className="border-t border-line px-3 py-2 text-sm">
          <ButtonLink href={`/changes?range=${when === 'hour' ? '1h' : '24h'}`} size="small" look="quiet">
            and {changes.length - shownAtMost} more
          </ButtonLink>
        </p>
      ) : null}
      {unknown > 0 ? (
        <p className="border-t border-line px-3 py-2 text-sm text-muted">
          Of {unknown} {unknown === 1 ? 'place' : 'places'} changes are not known;{' '}
          <ButtonLink href="/changes" size="small" look="quiet">
            see why
          </ButtonLink>
        </p>
      ) : null}
    </>
  );
}
