import { PlumblineError } from '@/lib/base/errors';
import type { BareKey, IndexItem, InstanceIndexes } from '@/lib/contract/indexes';
import type { CheckRow } from '@/lib/engine/define-check';
import type { RoleName } from '@/lib/engine/roles';
import { adviceKind, adviceReports } from '@/lib/queries/index-advice';
import { checkFeeding, nameKey, numberOf, textOf } from '@/lib/queries/table-sources';
import { resultsOf, type StoredResult } from '@/lib/store/check-results';
import type { Store } from '@/lib/store/db';
import { type PeerReading, peerReadings } from '@/lib/store/index-reads';
import { findInstance } from '@/lib/store/instances';

const parts = ['indexes.usage', 'indexes.state', 'indexes.duplicates', 'indexes.foreign-keys'] as const;

const keyOf = (database: string, row: CheckRow) =>
  nameKey(database, String(row.schema), String(row.table), String(row.index));

const idsOf = (wanted: readonly (typeof parts)[number][]) =>
  wanted.flatMap((part) => checkFeeding(part)?.id ?? []);

/** Rows of one part in all databases, by index. */
function byIndex(results: readonly StoredResult[], checkId: string | undefined): Map<string, CheckRow> {
  const rows = results.filter(({ check_id }) => check_id === checkId);
  return new Map(rows.flatMap(({ database, rows: list }) => list.map((row) => [keyOf(database, row), row])));
}

/** What the usage check says, in one word that pages sort and filter by. */
function usageVerdict(text: string | null): IndexItem['verdict'] {
  if (text === 'unused') return 'unused';
  if (text === 'used' || text === 'used on another server') return 'used';
  if (text === 'too early to tell') return 'early';
  if (text === 'too small to matter') return 'small';
  if (text === 'judged on the primary') return 'standby';
  return text?.startsWith('kept: ') ? 'kept' : 'unknown';
}

function judged(
  usage: CheckRow | undefined,
  state: CheckRow | undefined,
  duplicate: CheckRow | undefined,
): Pick<IndexItem, 'verdict' | 'why'> {
  if (Number(state?.invalid) > 0) return { verdict: 'invalid', why: 'No query uses it; writes pay for it.' };
  if (duplicate) {
    const why = `It ${textOf(duplicate, 'how')} ${textOf(duplicate, 'redundant_with')}.${textOf(duplicate, 'note') ?? ''}`;
    return { verdict: 'duplicate', why };
  }
  const text = textOf(usage, 'verdict');
  const verdict = usageVerdict(text);
  if (verdict === 'kept') return { verdict, why: String(text).replace(/^kept: /, '') };
  const reason = textOf(usage, 'unknown_reason');
  const why = [
    textOf(usage, 'usage') ?? 'not read yet',
    reason && `but ${reason}`,
    text === 'used on another server' && 'on another server',
  ];
  return { verdict, why: `${why.filter(Boolean).join(', ')}${textOf(usage, 'note') ?? ''}` };
}

function elsewhereOf(
  key: string,
  peers: readonly (PeerReading & { byKey: Map<string, CheckRow> })[],
): IndexItem['elsewhere'] {
  return peers.flatMap(({ instanceName, observedAt, byKey }) => {
    const row = byKey.get(key);
    return row
      ? [
          {
            instance: instanceName,
            scans: Number(row.scans),
            usage: textOf(row, 'usage') ?? '',
            at: textOf(row, 'read_at') ?? observedAt,
          },
        ]
      : [];
  });
}

function bareKey(database: string, row: CheckRow): BareKey {
  return {
    database,
    schema: String(row.schema),
    table: String(row.table),
    constraint: String(row.constraint),
    columns: String(row.columns),
    parent: String(row.parent),
    rows: numberOf(row, 'table_rows'),
    bytes: numberOf(row, 'bytes'),
    parentDeletes: numberOf(row, 'parent_deletes'),
    parentUpdates: numberOf(row, 'parent_updates'),
    seqScans: numberOf(row, 'seq_scans'),
    seqRows: numberOf(row, 'seq_rows'),
    partlyBy: textOf(row, 'partly_by'),
    definition: String(row.definition),
  };
}

/** Ranks keys of all databases as the check ranks those of one: by deletes, then updates of the parent, then scans. */
function costlierFirst(left: BareKey, right: BareKey): number {
  const measures = ['parentDeletes', 'parentUpdates', 'seqRows', 'bytes'] as const;
  const decisive = measures.find((name) => (left[name] ?? 0) !== (right[name] ?? 0));
  return decisive ? (right[decisive] ?? 0) - (left[decisive] ?? 0) : 0;
}

/** Acts that the checks of these parts offer and that take exactly these fields. */
function actsTaking(fields: readonly string[]): { job: string; label: string }[] {
  const wanted = [...fields].sort().join();
  const fixes = parts.flatMap((part) => checkFeeding(part)?.fixedBy ?? []);
  const fitting = fixes.filter(({ input }) => Object.keys(input).sort().join() === wanted);
  return [...new Map(fitting.map(({ job, label }) => [job, { job, label }])).values()];
}

/**
 * All indexes of an instance with size, usage here and on the cluster's other servers, verdict and acts; foreign keys
 * without one; and the newest advice of each database.
 *
 * @throws PlumblineError `not-found`
 */
export async function indexesOfInstance(
  db: Store,
  role: RoleName,
  instanceId: string,
): Promise<InstanceIndexes> {
  const instance = await findInstance(db, instanceId);
  if (!instance) {
    throw new PlumblineError('not-found', 'There is no such instance.', {
      next: 'It may have been removed.',
    });
  }
  const checks = new Map(parts.map((part) => [part, checkFeeding(part)]));
  const checkIds = [...checks.values()].flatMap((check) => (check ? [check.id] : []));
  const usageId = checks.get('indexes.usage')?.id ?? '';
  const clusterId = instance.cluster_id;
  const [results, readings] = await Promise.all([
    resultsOf(db, instanceId, { checkIds, rows: true }),
    peerReadings(db, { clusterId, instanceId, checkId: usageId }),
  ]);
  const peers = readings.map((reading) => ({
    ...reading,
    byKey: new Map(reading.rows.map((row) => [keyOf(reading.database, row), row])),
  }));
  const states = byIndex(results, checks.get('indexes.state')?.id);
  const duplicates = byIndex(results, checks.get('indexes.duplicates')?.id);
  const items: IndexItem[] = [];
  const definitions = new Map<string, string[]>();
  for (const { check_id, database, rows } of results) {
    if (check_id !== usageId) continue;
    definitions.set(
      database,
      rows.map((row) => String(row.definition)),
    );
    for (const row of rows) {
      const key = keyOf(database, row);
      items.push({
        database,
        schema: String(row.schema),
        table: String(row.table),
        index: String(row.index),
        method: textOf(states.get(key), 'method') ?? methodOf(textOf(row, 'definition')),
        definition: textOf(row, 'definition'),
        bytes: numberOf(row, 'bytes'),
        scans: numberOf(row, 'scans'),
        quietSeconds: numberOf(row, 'quiet_seconds'),
        usage: textOf(row, 'usage'),
        ...judged(row, states.get(key), duplicates.get(key)),
        supports: textOf(row, 'supports'),
        elsewhere: elsewhereOf(key, peers),
      });
    }
  }
  const keysId = checks.get('indexes.foreign-keys')?.id;
  const keys = results.filter(({ check_id }) => check_id === keysId);
  const byId = new Map([...checks.values()].flatMap((check) => (check ? [[check.id, check] as const] : [])));
  return {
    items,
    foreignKeys: keys
      .flatMap(({ database, rows }) => rows.map((row) => bareKey(database, row)))
      .sort(costlierFirst),
    advice: await adviceReports(db, role, clusterId, definitions),
    readings: results.map((result) => ({
      checkId: result.check_id,
      title: byId.get(result.check_id)?.title ?? result.check_id,
      database: result.database,
      state: result.state,
      reason: result.reason,
      mend: result.mend,
      observedAt: result.observed_at,
      everySeconds: byId.get(result.check_id)?.everySeconds ?? 0,
    })),
    checks: {
      onIndexes: idsOf(['indexes.usage', 'indexes.state', 'indexes.duplicates']),
      onKeys: idsOf(['indexes.foreign-keys']),
    },
    acts: {
      onIndex: actsTaking(['database', 'schema', 'index']),
      dropping: (checks.get('indexes.usage')?.fixedBy ?? []).map(({ job }) => job),
      create: actsTaking(['database', 'definition'])[0] ?? null,
      advise: adviceKind(),
    },
  };
}

function methodOf(definition: string | null): string | null {
  return /\susing\s+(\w+)\s*\(/i.exec(definition ?? '')?.[1] ?? null;
}
