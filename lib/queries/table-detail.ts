import { PlumblineError } from '@/lib/base/errors';
import type { IndexRow, TableDetail, TableQuery, TableRow } from '@/lib/contract/tables';
import { measuredFiles } from '@/lib/engine/bloat-measured';
import type { CheckRow } from '@/lib/engine/define-check';
import { bloatOf } from '@/lib/queries/bloat-figures';
import { checkSeries } from '@/lib/queries/series';
import { motionOf } from '@/lib/queries/table-rows';
import { checkFeeding, nameKey, numberOf, textOf } from '@/lib/queries/table-sources';
import { tablesOfInstance } from '@/lib/queries/tables';
import { isoOfEpoch, windowOf } from '@/lib/queries/window';
import { resultsOf } from '@/lib/store/check-results';
import type { Store } from '@/lib/store/db';
import { findInstance } from '@/lib/store/instances';
import { measuredBloat } from '@/lib/store/measured-bloat';
import { findSeries, gridFor } from '@/lib/store/series-read';

/**
 * One table over a window: its row, its partitions, its indexes and its own series.
 *
 * @throws PlumblineError `not-found`
 */
export async function tableOfInstance(
  db: Store,
  instanceId: string,
  query: TableQuery,
  now: Date = new Date(),
): Promise<TableDetail> {
  const { database, schema, table } = query;
  const tables = await tablesOfInstance(db, instanceId, { database }, now);
  const row = tables.items.find((each) => each.schema === schema && each.table === table);
  if (!row) {
    throw new PlumblineError('not-found', `No table ${schema}.${table} was seen in ${database}.`, {
      next: 'It may have been dropped or renamed, or it is too new: tables are read every ten minutes.',
    });
  }
  const { series, from, to } = await seriesOf(db, instanceId, query, now);
  return {
    row,
    partitions: tables.items.filter(
      ({ root, kind }) => kind !== 'partitioned' && root?.schema === schema && root.table === table,
    ),
    indexes: await indexesOf(db, instanceId, row, now),
    acts: tables.acts,
    measure: tables.measure,
    from,
    to,
    series,
    checks: tables.checks,
  };
}

async function seriesOf(db: Store, instanceId: string, query: TableQuery, now: Date) {
  const window = windowOf(query, now);
  const checks = ['tables.sizes', 'tables.rates'].map(checkFeeding).filter((check) => check !== undefined);
  const found = await findSeries(db, {
    instanceIds: [instanceId],
    checkIds: checks.map(({ id }) => id),
    from: window.from,
    database: query.database,
  });
  const own = found.filter(({ key }) => key.schema === query.schema && key.table === query.table);
  const series = await Promise.all(
    checks.map((check) => {
      const grid = gridFor({ ...window, cadenceSeconds: check.everySeconds, maxPoints: query.maxPoints });
      return checkSeries(
        db,
        check,
        own.filter(({ checkId }) => checkId === check.id),
        grid,
        window.to,
      );
    }),
  );
  return { series, from: isoOfEpoch(window.from), to: isoOfEpoch(window.to) };
}

/** The indexes of a table with their rates and dead space, largest first. */
async function indexesOf(db: Store, instanceId: string, table: TableRow, now: Date): Promise<IndexRow[]> {
  const rates = checkFeeding('indexes.rates');
  const bloat = checkFeeding('indexes.bloat');
  const ofTable = checkFeeding('tables.rates');
  const ids = [rates, bloat, ofTable].flatMap((check) => (check ? [check.id] : []));
  const instance = await findInstance(db, instanceId);
  const [results, measured] = await Promise.all([
    resultsOf(db, instanceId, { checkIds: ids, rows: true }),
    measuredBloat(db, instance?.cluster_id ?? ''),
  ]);
  const files = measuredFiles(measured);
  const rowsOf = (id: string | undefined): CheckRow[] =>
    results
      .filter((result) => result.check_id === id && result.database === table.database)
      .flatMap(({ rows }) => rows)
      .filter((row) => row.schema === table.schema && row.table === table.table);
  const estimates = new Map(rowsOf(bloat?.id).map((row) => [textOf(row, 'index') ?? '', row]));
  const [written] = rowsOf(ofTable?.id);
  return rowsOf(rates?.id)
    .map((row): IndexRow => {
      const index = textOf(row, 'index') ?? '';
      const estimate = estimates.get(index);
      return {
        index,
        bytes: numberOf(row, 'bytes'),
        scans: numberOf(row, 'scans'),
        hitRate: numberOf(row, 'index_hit_rate'),
        bloat: bloatOf({
          estimate,
          columns: { bytes: 'bloat_bytes', size: 'bytes', method: textOf(estimate, 'method') },
          measured: files.get(nameKey(table.database, 'index', table.schema, index)),
          motion: motionOf(written, table.liveRows, numberOf(row, 'bytes')),
          now,
        }),
      };
    })
    .sort((left, right) => (right.bytes ?? 0) - (left.bytes ?? 0));
}
