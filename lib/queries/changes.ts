import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { isId } from '@/lib/base/ids';
import { type Change, type Changes, type ChangesQuery, listedKinds } from '@/lib/contract/changes';
import type { JsonObject } from '@/lib/engine/define-job';
import { feedsOfCheck, titleOfCheck } from '@/lib/queries/findings';
import { readingKinds, titleOfKind } from '@/lib/queries/jobs';
import { isoOfEpoch, windowOf } from '@/lib/queries/window';
import { catalogue } from '@/lib/registry/descriptors';
import { failedResults } from '@/lib/store/change-gaps';
import { type ChangeRow, listChanges } from '@/lib/store/changes';
import type { Store } from '@/lib/store/db';

/** The checks whose sources find changes: what they cannot read is not known. */
const finders = catalogue.checks
  .filter(({ rowsFrom }) => rowsFrom === 'server' || rowsFrom === 'schema')
  .map(({ id }) => id);

/** What changed in a window, newest first, and where that is not known. */
export async function changes(db: Store, query: ChangesQuery, now: Date = new Date()): Promise<Changes> {
  const window = windowOf({ ...query, range: query.range ?? '24h' }, now);
  const { clusterId, instanceId, limit } = query;
  const [rows, failed] = await Promise.all([
    listChanges(db, {
      kinds: query.kind ?? listedKinds.filter((kind) => kind !== 'finding'),
      withoutJobs: readingKinds,
      ...(clusterId !== undefined && { clusterId }),
      ...(instanceId !== undefined && { instanceId }),
      from: isoOfEpoch(window.from),
      to: isoOfEpoch(window.to),
      ...(query.cursor !== undefined && { after: cursorOf(query.cursor) }),
      limit: limit + 1,
    }),
    failedResults(db, finders, { clusterId, instanceId }),
  ]);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    from: isoOfEpoch(window.from),
    to: isoOfEpoch(window.to),
    items: shown.map(changeView),
    nextCursor: rows.length > limit && last ? `${last.at}_${last.id}` : null,
    unknown: failed,
  };
}

/** What the database reads too; Date.parse takes far more: `1`, `Sat`, the 30th of February, the year 0. */
const moment = z.iso.datetime({ offset: true }).regex(/^[12]/);

function cursorOf(text: string): { at: string; id: string } {
  const [at = '', id = ''] = text.split('_');
  if (isId(id) && moment.safeParse(at).success) return { at, id };
  throw new PlumblineError('bad-input', 'The cursor is not one of ours.', {
    fields: { cursor: 'Not valid.' },
  });
}

function textOf(details: JsonObject, name: string): string | null {
  const value = details[name];
  return typeof value === 'string' ? value : null;
}

function objectOf(row: ChangeRow): string {
  if (row.kind === 'run') return titleOfKind(row.object);
  return row.kind === 'finding' ? titleOfCheck(row.object) : row.object;
}

const lostSchema = z.object({ schema: z.string(), table: z.string() });

function changeView(row: ChangeRow): Change {
  return {
    id: row.id,
    at: row.at,
    since: row.since,
    kind: row.kind,
    clusterId: row.cluster_id,
    clusterName: row.cluster_name,
    instanceId: row.instance_id,
    instanceName: row.instance_name,
    database: row.database === '' ? null : row.database,
    object: objectOf(row),
    sentence: row.sentence,
    before: textOf(row.details, 'before'),
    after: textOf(row.details, 'after'),
    source: textOf(row.details, 'source'),
    byName: row.by_name,
    state: row.kind === 'run' ? textOf(row.details, 'state') : textOf(row.details, 'closedAt'),
    checkId: row.kind === 'finding' ? row.object : null,
    feeds: row.kind === 'finding' ? feedsOfCheck(row.object) : null,
    lost: lostSchema.safeParse(row.details.lost).data ?? null,
  };
}
