'use client';

import { useMemo } from 'react';
import { type ChartMark, type MarkKind, markKinds } from '@/components/charts/marks';
import { withQuery } from '@/components/data/api';
import { rangeQuery, useRange } from '@/components/data/range';
import { useUrlState } from '@/components/data/url-state';
import { useApi } from '@/components/data/use-api';
import { changesSchema } from '@/lib/contract/changes';

/** More marks than this in one range say nothing; the newest are drawn. */
const marksAtMost = 300;

/**
 * What happened to a cluster in the page's range: changes, runs, critical findings. What happened on another of its
 * servers is felt here too, and named.
 */
export function useAllMarks(clusterId: string, instanceId?: string): readonly ChartMark[] {
  const range = useRange();
  const query = { clusterId, kind: markKinds.join(','), limit: marksAtMost, ...rangeQuery(range) };
  const changes = useApi(withQuery('/api/v1/changes', query), changesSchema, {
    topics: ['change', 'run', `cluster:${clusterId}`],
    keepPrevious: true,
  });
  return useMemo(() => {
    const items = changes.data?.items ?? [];
    const servers = new Set(items.flatMap((change) => change.instanceId ?? []));
    return items.map((change): ChartMark => {
      const text = change.kind === 'run' ? change.object : change.sentence.replace(/\.$/, '');
      const isElsewhere = instanceId === undefined ? servers.size > 1 : change.instanceId !== instanceId;
      const place = isElsewhere && change.instanceName !== null ? change.instanceName : change.database;
      return { at: Date.parse(change.at), kind: change.kind, label: place ? `${text} (${place})` : text };
    });
  }, [changes.data, instanceId]);
}

/** The kinds that somebody has hidden on this page; in the URL as `marks.hide`. */
export function useHiddenMarks(): { hidden: ReadonlySet<MarkKind>; toggle: (kind: MarkKind) => void } {
  const [text, set] = useUrlState('marks.hide');
  const hidden = useMemo(() => new Set(markKinds.filter((kind) => text.split('|').includes(kind))), [text]);
  return {
    hidden,
    toggle: (kind) => {
      const next = new Set<MarkKind>(hidden);
      if (!next.delete(kind)) next.add(kind);
      set([...next].join('|'));
    },
  };
}

/** The marks of every chart of a page: those of the range that nobody has hidden. */
export function useMarks(clusterId: string, instanceId?: string): readonly ChartMark[] {
  const marks = useAllMarks(clusterId, instanceId);
  const { hidden } = useHiddenMarks();
  return useMemo(() => marks.filter((mark) => !hidden.has(mark.kind)), [marks, hidden]);
}
