import { PlumblineError } from '@/lib/base/errors';
import { type Load, type LoadQuery, type LoadSlice, loadSlices } from '@/lib/contract/load';
import { isAllowed, type RoleName } from '@/lib/engine/roles';
import { shownText } from '@/lib/queries/statements';
import { isoOfEpoch, windowOf } from '@/lib/queries/window';
import { catalogue } from '@/lib/registry/descriptors';
import { resultsOf, type StoredResult } from '@/lib/store/check-results';
import type { Store } from '@/lib/store/db';
import { findInstance } from '@/lib/store/instances';
import type { LoadDimension } from '@/lib/store/load-names';
import { queryTexts, readLoad, type StoredLoad } from '@/lib/store/load-read';

const dimensionOf: Record<LoadSlice, LoadDimension> = {
  wait: 'wait',
  query: 'query',
  user: 'username',
  database: 'database',
  application: 'application',
  host: 'host',
};

const linesDrawn = 11;
const topsListed = 15;

/** The check that sees sessions, found by its source. */
export const sessionsCheck = catalogue.checks.find(({ rowsFrom }) => rowsFrom === 'sessions');

/** @throws PlumblineError `not-found` */
export async function sessionsResult(
  db: Store,
  instanceId: string,
  rows: boolean,
): Promise<StoredResult | undefined> {
  if (!(await findInstance(db, instanceId))) {
    throw new PlumblineError('not-found', 'There is no such instance.', {
      next: 'It may have been removed.',
    });
  }
  if (!sessionsCheck) return undefined;
  return (await resultsOf(db, instanceId, { checkIds: [sessionsCheck.id], rows }))[0];
}

/**
 * The load of an instance over a window: average active sessions by bucket, sliced one way and filtered by others.
 * Divided by the samples that were taken: a second that nobody looked at says nothing.
 *
 * @throws PlumblineError `not-found`
 */
export async function loadOfInstance(
  db: Store,
  role: RoleName,
  instanceId: string,
  query: LoadQuery,
  now: Date = new Date(),
): Promise<Load> {
  const result = await sessionsResult(db, instanceId, false);
  const window = windowOf(query, now);
  const filters: Partial<Record<LoadDimension, string>> = {};
  for (const slice of loadSlices) {
    const wanted = query[slice];
    if (wanted !== undefined && wanted !== '') filters[dimensionOf[slice]] = wanted;
  }
  const stored = await readLoad(db, {
    instanceId,
    ...window,
    background: query.of === 'background',
    by: dimensionOf[query.by],
    filters,
    maxPoints: query.maxPoints,
    lines: linesDrawn,
    tops: topsListed,
  });
  const labelOf = await labels(db, role, instanceId, query.by, stored);
  const taken = stored.taken.reduce((sum, each) => sum + each, 0);
  const slice = (name: LoadSlice, { value, count }: { value: string; count: number }) => ({
    value,
    label: labelOf(name, value),
    mean: taken > 0 ? count / taken : 0,
    sharePercent: stored.total > 0 ? (100 * count) / stored.total : 0,
  });
  return {
    from: isoOfEpoch(window.from),
    to: isoOfEpoch(window.to),
    by: query.by,
    of: query.of,
    start: stored.start,
    stepSeconds: stored.stepSeconds,
    points: stored.points,
    lines: stored.lines.map((line) => ({
      ...slice(query.by, line),
      values: line.counts.map((count, bucket) => {
        const samples = stored.taken[bucket] ?? 0;
        return samples > 0 ? count / samples : null;
      }),
    })),
    mean: taken > 0 ? stored.total / taken : null,
    tops: Object.fromEntries(
      loadSlices.map((name) => [name, stored.tops[dimensionOf[name]].map((top) => slice(name, top))]),
    ) as Load['tops'],
    taken,
    missed: stored.missed,
    ...(await processorsOf(db, instanceId)),
    state: result?.state ?? null,
    reason: result?.reason ?? null,
    mend: result?.mend ?? null,
    observedAt: result?.observed_at ?? null,
  };
}

/** The check that reads the host's processors, found by the part of the page that it feeds. */
const processorsCheck = catalogue.checks.find(({ feeds }) => feeds === 'server.processors');

/** How many processors the host has, and who says so; null where nobody does. */
async function processorsOf(
  db: Store,
  instanceId: string,
): Promise<Pick<Load, 'processors' | 'processorsFrom'>> {
  const results = processorsCheck
    ? await resultsOf(db, instanceId, { checkIds: [processorsCheck.id], rows: true })
    : [];
  const row = results[0]?.rows[0];
  const known = typeof row?.processors === 'number' && row.processors > 0;
  return {
    processors: known ? Number(row.processors) : null,
    processorsFrom: known && typeof row.source === 'string' ? row.source : null,
  };
}

/** Queries by their text, everything else by its name. */
async function labels(
  db: Store,
  role: RoleName,
  instanceId: string,
  by: LoadSlice,
  stored: StoredLoad,
): Promise<(slice: LoadSlice, value: string) => string> {
  const ids = stored.tops.query.map(({ value }) => value);
  if (by === 'query') ids.push(...stored.lines.map(({ value }) => value));
  const texts = await queryTexts(db, instanceId, ids);
  const mayReadLiterals = isAllowed(role, 'statement-literals');
  return (slice, value) => {
    if (slice !== 'query') return value;
    if (value === '(none)') return 'no query id';
    const { text, textHidden } = shownText(texts.get(value) ?? null, mayReadLiterals);
    if (textHidden) return `query ${value}, its text hidden from your role`;
    return (
      text?.replace(/\s+/g, ' ').trim().slice(0, 300) ?? (value === '(other)' ? value : `query ${value}`)
    );
  };
}
