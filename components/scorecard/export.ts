import type { Column } from '@/components/ui/table-column';
import { download, toCsv } from '@/components/ui/table-export';
import type { ClusterScorecard, CriterionInfo, ScorecardCell } from '@/lib/contract/scorecard';

interface ExportRow {
  cluster: ClusterScorecard['cluster'];
  criterion: CriterionInfo;
  cell: ScorecardCell;
}

/** One line per cluster and criterion, with ids that stay the same; text that could be a formula is neutralised. */
const columns: Column<ExportRow>[] = [
  { id: 'cluster', header: 'cluster', value: ({ cluster }) => cluster.name },
  { id: 'cluster_id', header: 'cluster_id', value: ({ cluster }) => cluster.id },
  { id: 'environment', header: 'environment', value: ({ cluster }) => cluster.environment },
  { id: 'domain', header: 'domain', value: ({ criterion }) => criterion.domain },
  { id: 'criterion', header: 'criterion', value: ({ criterion }) => criterion.title },
  { id: 'criterion_id', header: 'criterion_id', value: ({ criterion }) => criterion.id },
  { id: 'criterion_version', header: 'criterion_version', value: ({ criterion }) => criterion.version },
  { id: 'objective', header: 'objective', value: ({ criterion }) => criterion.objective },
  { id: 'state', header: 'state', value: ({ cell }) => cell.state },
  { id: 'value', header: 'value', value: ({ cell }) => cell.value },
  { id: 'unit', header: 'unit', value: ({ criterion }) => criterion.unit },
  { id: 'sentence', header: 'sentence', value: ({ cell }) => cell.sentence },
  { id: 'observed_at', header: 'observed_at', value: ({ cell }) => cell.observedAt },
  { id: 'expires_at', header: 'expires_at', value: ({ cell }) => cell.expiresAt },
  {
    id: 'evidence',
    header: 'evidence',
    value: ({ cell }) => cell.links.map(({ kind, id }) => `${kind}:${id}`).join(' '),
  },
];

export function scorecardCsv(
  criteria: readonly CriterionInfo[],
  clusters: readonly ClusterScorecard[],
): string {
  const rows = clusters.flatMap(({ cluster, cells }) =>
    cells.flatMap((cell) => {
      const criterion = criteria.find(({ id }) => id === cell.criterionId);
      return criterion ? [{ cluster, criterion, cell }] : [];
    }),
  );
  return toCsv(columns, rows);
}

export function downloadScorecard(
  as: 'csv' | 'json',
  name: string,
  at: string,
  criteria: readonly CriterionInfo[],
  clusters: readonly ClusterScorecard[],
): void {
  const file = `scorecard-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${at.slice(0, 10)}.${as}`;
  if (as === 'csv') download(file, 'text/csv', scorecardCsv(criteria, clusters));
  else download(file, 'application/json', `${JSON.stringify({ at, criteria, clusters }, null, 2)}\n`);
}
