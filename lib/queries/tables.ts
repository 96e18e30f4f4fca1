import { PlumblineError } from '@/lib/base/errors';
import { ageSeconds } from '@/lib/base/time';
import type { TableGrowth, TableRow, Tables } from '@/lib/contract/tables';
import { measuredFiles } from '@/lib/engine/bloat-measured';
import type { CheckRow } from '@/lib/engine/define-check';
import type { CheckDescriptor } from '@/lib/engine/descriptors';
import { fitGrowth } from '@/lib/engine/growth';
import { titleOfCheck } from '@/lib/queries/findings';
import { bucketsOf } from '@/lib/queries/series';
import { type TableParts, tableRow, withFolded } from '@/lib/queries/table-rows';
import { actsOf, checkFeeding, nameKey, numberOf, tableChecks, textOf } from '@/lib/queries/table-sources';
import { resultsOf, type StoredResult } from '@/lib/store/check-results';
import type { Store } from '@/lib/store/db';
import { type FindingRow, listFindings } from '@/lib/store/finding-reads';
import { findInstance } from '@/lib/store/instances';
import { measuredBloat } from '@/lib/store/measured-bloat';
import { findSeries, gridFor, meanOf } from '@/lib/store/series-read';

const growthSeconds = 14 * 86_400;
const growthPoints = 56;
const findingsAtMost = 2000;
/** The parts of a table's row, each from its own check. */
const rowParts = {
  vacuum: 'tables.vacuum',
  statistics: 'tables.statistics',
  rates: 'tables.rates',
  bloat: 'tables.bloat',
};

/**
 * All tables of an instance (or of one database) as the checks last saw them, with their growth, their findings and
 * the acts on them. Partitions stand behind their root, which has their sums.
 *
 * @throws PlumblineError `not-found`
 */
export async function tablesOfInstance(
  db: Store,
  instanceId: string,
  query: { database?: string },
  now: Date = new Date(),
): Promise<Tables> {
  const instance = await findInstance(db, instanceId);
  if (!instance) {
    throw new PlumblineError('not-found', 'There is no such instance.', {
      next: 'It may have been removed.',
    });
  }
  const sizes = checkFeeding('tables.sizes');
  const checks = [sizes, ...Object.values(rowParts).map(checkFeeding)].filter((check) => check !== undefined);
  const [all, found, measured, growth, databases] = await Promise.all([
    resultsOf(db, instanceId, { checkIds: checks.map(({ id }) => id), rows: true }),
    listFindings(db, { instanceId, open: true, limit: findingsAtMost }),
    measuredBloat(db, instance.cluster_id),
    growthOf(db, instanceId, sizes, 'bytes', now),
    databasesOf(db, instanceId, now),
  ]);
  const results = all.filter(({ database }) => query.database === undefined || database === query.database);
  const sized = results.filter((result) => result.check_id === sizes?.id);
  const files = measuredFiles(measured);
  const byName = partsByName(results);
  const verdicts = verdictsByName(found.rows);
  const rows = sized.flatMap(({ database, rows: own }) =>
    own.map((size): TableRow => {
      const key = nameKey(database, textOf(size, 'schema') ?? '', textOf(size, 'table') ?? '');
      const part = (name: string) => byName.get(checkFeeding(name)?.id ?? '')?.get(key);
      const parts: TableParts = {
        vacuum: part(rowParts.vacuum),
        statistics: part(rowParts.statistics),
        rates: part(rowParts.rates),
        bloat: part(rowParts.bloat),
      };
      return tableRow(size, parts, {
        database,
        measured: files,
        growth: growth.get(key) ?? null,
        verdicts: verdicts.get(key) ?? [],
        now,
      });
    }),
  );
  const oldest = sized.map(({ observed_at }) => observed_at).sort()[0] ?? null;
  const acts = actsOf(Object.values(rowParts));
  const limit = sizes?.snapshotRows ?? null;
  return {
    role: instance.role,
    now: now.toISOString(),
    items: withFolded(rows),
    observedAt: oldest,
    stale: oldest !== null && ageSeconds(oldest, now) > (sizes?.everySeconds ?? 0) * 2.5,
    truncatedAt: limit !== null && sized.some((result) => result.rows.length >= limit) ? limit : null,
    databases: databases.filter(
      ({ database }) => query.database === undefined || database === query.database,
    ),
    checks: tableChecks(),
    acts: acts.onTable,
    measure: acts.onDatabase[0] ?? null,
  };
}

/** Rows of checks by check, then by table. */
function partsByName(results: readonly StoredResult[]): Map<string, Map<string, CheckRow>> {
  const parts = new Map<string, Map<string, CheckRow>>();
  for (const { check_id, database, rows } of results) {
    const ofCheck = parts.get(check_id) ?? new Map<string, CheckRow>();
    for (const row of rows) {
      ofCheck.set(nameKey(database, textOf(row, 'schema') ?? '', textOf(row, 'table') ?? ''), row);
    }
    parts.set(check_id, ofCheck);
  }
  return parts;
}

/** Open findings by the table that their row names. */
export function verdictsByName(found: readonly FindingRow[]): Map<string, TableRow['verdicts']> {
  const verdicts = new Map<string, TableRow['verdicts']>();
  for (const { id, check_id, database, row, level, sentence, mend } of found) {
    const schema = textOf(row, 'schema');
    const table = textOf(row, 'table');
    if (schema === null || table === null) continue;
    const key = nameKey(database, schema, table);
    const own = verdicts.get(key) ?? [];
    verdicts.set(key, [
      ...own,
      { id, checkId: check_id, title: titleOfCheck(check_id), level, sentence, mend },
    ]);
  }
  return verdicts;
}

/** Growth by `nameKey(database, …key columns)` of the series of a check. */
async function growthOf(
  db: Store,
  instanceId: string,
  check: CheckDescriptor | undefined,
  column: string,
  now: Date,
): Promise<Map<string, TableGrowth>> {
  if (!check) return new Map();
  const to = now.getTime() / 1000;
  const from = to - growthSeconds;
  const series = await findSeries(db, { instanceIds: [instanceId], checkIds: [check.id], from });
  const grid = gridFor({ from, to, cadenceSeconds: check.everySeconds, maxPoints: growthPoints });
  const buckets = await bucketsOf(db, series, grid);
  const growth = new Map<string, TableGrowth>();
  for (const one of series) {
    const sums = buckets.get(one.id);
    if (!sums) continue;
    const points = meanOf(sums, one.columns.indexOf(column)).flatMap((value, place) =>
      value === null ? [] : [[grid.start + place * grid.stepSeconds, value] as const],
    );
    const fitted = fitGrowth(points);
    if (!fitted) continue;
    const names = Object.keys(check.columns).filter((name) => check.columns[name]?.role === 'key');
    growth.set(nameKey(one.database, ...names.map((name) => one.key[name] ?? '')), fitted);
  }
  return growth;
}

/** Databases with their size and growth, as the check of the whole instance has them. */
async function databasesOf(db: Store, instanceId: string, now: Date): Promise<Tables['databases']> {
  const check = checkFeeding('databases.sizes');
  if (!check) return [];
  const [results, growth] = await Promise.all([
    resultsOf(db, instanceId, { checkIds: [check.id], rows: true }),
    growthOf(db, instanceId, check, 'bytes', now),
  ]);
  return results.flatMap(({ rows }) =>
    rows.flatMap((row) => {
      const database = textOf(row, 'database');
      const bytes = numberOf(row, 'bytes');
      if (database === null || bytes === null) return [];
      return [{ database, bytes, growth: growth.get(nameKey('', database)) ?? null }];
    }),
  );
}
