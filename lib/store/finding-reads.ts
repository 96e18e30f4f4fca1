import type { ExpressionBuilder } from 'kysely';
import { sql } from 'kysely';
import { PlumblineError } from '@/lib/base/errors';
import type { CheckRow, Level } from '@/lib/engine/define-check';
import type { Store } from '@/lib/store/db';
import { isMuted, muteOf } from '@/lib/store/finding-mutes';
import type { Database } from '@/lib/store/schema';

export interface FindingRow {
  id: string;
  check_id: string;
  cluster_id: string;
  cluster_name: string;
  instance_id: string | null;
  instance_name: string | null;
  database: string;
  object: string;
  judged: string;
  level: Exclude<Level, 'ok'>;
  sentence: string;
  mend: string | null;
  row: CheckRow;
  opened_at: string;
  changed_at: string;
  last_seen_at: string;
  closed_at: string | null;
  /** The mute that holds for its object now. */
  mute: { id: string; reason: string; byName: string; until: string } | null;
}

export interface FindingFilter {
  clusterId?: string;
  instanceId?: string;
  checkId?: string;
  open: boolean;
  /** Muted ones: left out, alone, or among the others (the default of all but open ones). */
  muted?: 'without' | 'only' | 'with';
}

function mutedCondition(filter: FindingFilter) {
  const muted = filter.muted ?? (filter.open ? 'without' : 'with');
  if (muted === 'with') return sql<boolean>`true`;
  return muted === 'only' ? isMuted('finding') : sql<boolean>`not ${isMuted('finding')}`;
}

type Joined = ExpressionBuilder<Database & { finding: Database['findings'] }, 'finding'>;

/** Instances and clusters that were removed, or are paused, have no findings that anybody must look at. */
function matching(filter: FindingFilter) {
  return (e: Joined) =>
    e.and([
      ...(filter.open ? [e('finding.closed_at', 'is', null)] : []),
      ...(filter.clusterId ? [e('finding.cluster_id', '=', filter.clusterId)] : []),
      ...(filter.instanceId ? [e('finding.instance_id', '=', filter.instanceId)] : []),
      ...(filter.checkId ? [e('finding.check_id', '=', filter.checkId)] : []),
    ]);
}

const levelRank = sql<number>`case finding.level when 'crit' then 0 when 'warn' then 1 else 2 end`;

function base(db: Store, filter: FindingFilter) {
  return db
    .selectFrom('findings as finding')
    .innerJoin('clusters as cluster', 'cluster.id', 'finding.cluster_id')
    .innerJoin('instances as instance', 'instance.id', 'finding.instance_id')
    .where('cluster.removed_at', 'is', null)
    .where('instance.state', 'in', filter.open ? ['active'] : ['active', 'paused'])
    .where((e) => matching(filter)(e as unknown as Joined))
    .where(mutedCondition(filter));
}

/** A page of findings: open ones by level and age, all by when they opened. */
export async function listFindings(
  db: Store,
  filter: FindingFilter & { limit: number; cursor?: string },
): Promise<{ rows: FindingRow[]; nextCursor: string | null }> {
  const offset = filter.cursor === undefined ? 0 : Number(filter.cursor);
  if (!Number.isInteger(offset) || offset < 0 || offset > 100_000) {
    throw new PlumblineError('bad-input', 'The cursor is not one of ours.', {
      fields: { cursor: 'Not valid.' },
    });
  }
  let query = base(db, filter).select([
    'finding.id',
    'finding.check_id',
    'finding.cluster_id',
    'cluster.name as cluster_name',
    'finding.instance_id',
    'instance.name as instance_name',
    'finding.database',
    'finding.object',
    'finding.judged',
    'finding.level',
    'finding.sentence',
    'finding.mend',
    'finding.row',
    'finding.opened_at',
    'finding.changed_at',
    'finding.last_seen_at',
    'finding.closed_at',
    sql<FindingRow['mute']>`(
      select json_build_object('id', mute.id, 'reason', mute.reason, 'byName', mute.muted_by_name, 'until', mute.until)
      from finding_mutes as mute
      where ${muteOf('finding')}
      limit 1)`.as('mute'),
  ]);
  if (filter.open) query = query.orderBy(levelRank).orderBy('finding.opened_at').orderBy('finding.id');
  else query = query.orderBy('finding.opened_at', 'desc').orderBy('finding.id', 'desc');
  const rows = await query
    .limit(filter.limit + 1)
    .offset(offset)
    .execute();
  const hasMore = rows.length > filter.limit;
  return {
    rows: rows.slice(0, filter.limit),
    nextCursor: hasMore ? String(offset + filter.limit) : null,
  };
}

/** How many open findings are muted now. */
export async function mutedCount(db: Store, filter: FindingFilter): Promise<number> {
  const row = await base(db, { ...filter, open: true, muted: 'only' })
    .select(sql<number>`count(*)::int4`.as('n'))
    .executeTakeFirst();
  return row?.n ?? 0;
}

export interface LevelCounts {
  crit: number;
  warn: number;
  unknown: number;
}

/** How many there are of each level. */
export async function findingCounts(db: Store, filter: FindingFilter): Promise<LevelCounts> {
  const rows = await base(db, filter)
    .select(['finding.level', sql<number>`count(*)::int4`.as('n')])
    .groupBy('finding.level')
    .execute();
  const counts: LevelCounts = { crit: 0, warn: 0, unknown: 0 };
  for (const row of rows) counts[row.level] = row.n;
  return counts;
}

export interface OpenLevel {
  instance_id: string;
  cluster_id: string;
  check_id: string;
  level: Exclude<Level, 'ok'>;
  n: number;
}

/** Open findings that are not muted, counted by instance, check and level; of one instance when it is given. */
export async function openLevels(db: Store, instanceId?: string): Promise<OpenLevel[]> {
  let query = db
    .selectFrom('findings')
    .select(['instance_id', 'cluster_id', 'check_id', 'level', sql<number>`count(*)::int4`.as('n')])
    .where('closed_at', 'is', null)
    .where('instance_id', 'is not', null)
    .where(sql<boolean>`not ${isMuted('findings')}`)
    .groupBy(['instance_id', 'cluster_id', 'check_id', 'level']);
  if (instanceId) query = query.where('instance_id', '=', instanceId);
  return (await query.execute()).map((row) => ({ ...row, instance_id: row.instance_id ?? '' }));
}
