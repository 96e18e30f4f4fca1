import Link from 'next/link';
import { markLooks } from '@/components/charts/mark-looks';
import { markColours } from '@/components/charts/marks';
import { checkHref } from '@/components/instance/check-places';
import { Age, bothTimes } from '@/components/ui/age';
import type { Change } from '@/lib/contract/changes';

/** The kind of a change by its glyph and word, as on the charts. */
export function ChangeKind({ kind, withWord = true }: { kind: Change['kind']; withWord?: boolean }) {
  const { icon: Icon, one } = markLooks[kind];
  return (
    <span className="inline-flex items-center gap-1 whitespace-nowrap">
      <Icon aria-hidden className="size-3.5 shrink-0" style={{ color: markColours[kind] }} />
      {withWord ? one : <span className="sr-only">{one}</span>}
    </span>
  );
}

/** What a change is, in words; a run and a finding lead to their pages. */
export function ChangeSentence({ change }: { change: Change }) {
  if (change.kind === 'run') {
    return (
      <>
        <Link href={`/runs/${change.id}`} prefetch={false} className="link">
          {change.object}
        </Link>
        {change.sentence ? `: ${change.sentence}` : ''}
      </>
    );
  }
  if (change.kind === 'finding' && change.instanceId && change.checkId) {
    return (
      <Link
        href={checkHref(change.instanceId, change.checkId, change.feeds)}
        prefetch={false}
        className="link"
      >
        {change.sentence}
      </Link>
    );
  }
  if (change.lost && change.clusterId && change.database) {
    return (
      <>
        {change.sentence}{' '}
        <Link href={bringBackHref(change, change.lost)} prefetch={false} className="link">
          Bring it back
        </Link>
      </>
    );
  }
  return change.sentence;
}

/** The restore of a dropped table, filled in: at the last look that still saw it. */
function bringBackHref(change: Change, lost: NonNullable<Change['lost']>): string {
  const search = new URLSearchParams({
    what: 'table',
    database: change.database ?? '',
    ...lost,
    how: 'own-name',
    ...(change.since && { at: change.since }),
  });
  return `/clusters/${change.clusterId}/restore?${search}`;
}

/** Where a change was, by names. */
export function placeOf(change: Change): string {
  const parts = [change.clusterName ?? 'every cluster', change.instanceName, change.database];
  return parts.filter(Boolean).join(' / ');
}

/** When it was; where only two moments are known, both in the title. */
export function ChangeTime({ change }: { change: Change }) {
  if (change.since === null) return <Age at={change.at} />;
  return (
    <span title={`between ${bothTimes(change.since)} and ${bothTimes(change.at)}`}>
      <Age at={change.at} />
    </span>
  );
}
