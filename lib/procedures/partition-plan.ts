import type { PlanContext, PlanDraft } from '@/lib/engine/define-job';
import { connectForPlan } from '@/lib/procedures/dump-plan';
import {
  type BoundDomain,
  type BoundRange,
  boundText,
  detectStep,
  nextRanges,
  sortRanges,
  stepText,
} from '@/lib/procedures/partition-bounds';
import { readPartitionedTable } from '@/lib/procedures/partition-catalog';
import { createUnits, type PartitionWork, unitText } from '@/lib/procedures/partition-ddl';
import {
  type RangedPartition,
  rangeWarnings,
  shapeBlocker,
  workBlockers,
} from '@/lib/procedures/partition-hazards';
import { partitionNames } from '@/lib/procedures/partition-names';
import { lockTimeoutMs } from '@/lib/procedures/partition-run';

export interface CreateAheadInput {
  database: string;
  schema: string;
  table: string;
  count: number;
}

export type CreateAheadParams = {
  tableOid: number;
  owner: string;
  keyColumn: string;
  domain: BoundDomain;
  partitionSchema: string;
  partitions: { name: string; from: string; to: string }[];
  defaultPartition: { schema: string; name: string } | null;
};

type Blocker = PlanDraft['blockers'][number];

/** The dry run: which ranges come next, as which tables, by exactly which statements, and what speaks against it. */
export async function planCreateAhead(
  ctx: PlanContext,
  input: CreateAheadInput,
): Promise<PlanDraft<CreateAheadParams>> {
  const session = await connectForPlan(ctx, 'operate', input.database);
  try {
    const table = await readPartitionedTable(session, input.schema, input.table);
    const shape = shapeBlocker(table);
    const ranged = sortRanges(
      table.partitions.flatMap((partition): RangedPartition[] =>
        partition.bound?.kind === 'range' ? [{ ...partition, range: partition.bound.range }] : [],
      ),
    );
    const newest = ranged.at(-1);
    const { domain } = table;
    if (shape || !domain || table.keyColumn === null || !newest) {
      const none = {
        message: 'It has no partition yet to take the step from.',
        next: 'Make the first one by hand.',
      };
      return refused(input, shape ?? none);
    }
    const step = detectStep(
      ranged.map(({ range }) => range),
      domain,
    );
    if (!step) {
      return refused(input, {
        message:
          'Its newest ranges are not of one step: a day, week, month, quarter or year from midnight UTC, or equal numbers of keys.',
        next: 'Make the next partitions by hand, or until the newest three agree.',
      });
    }
    const ranges = nextRanges(newest.range.to, step, input.count, domain);
    const names = partitionNames(input.table, newest, ranges, step);
    const fallback = table.partitions.find((partition) => partition.bound?.kind === 'default');
    const work: PartitionWork = {
      schema: input.schema,
      table: input.table,
      owner: table.owner,
      keyColumn: table.keyColumn,
      domain,
      partitionSchema: newest.schema,
      partitions: ranges.map((range, index) => ({ name: names[index] ?? '', range })),
      defaultPartition: fallback ? { schema: fallback.schema, name: fallback.name } : null,
    };
    const blockers = await workBlockers(session, table, newest, work, input.count);
    return {
      summary: `Create ${ranges.length} partitions of “${input.schema}.${input.table}”, ${stepText(step)} each, up to ${endText(ranges, domain)}.`,
      acts: createUnits(work).map((unit) => ({
        step: 'create',
        sql: unitText(unit, table.owner, lockTimeoutMs),
        as: 'login operate',
      })),
      params: {
        tableOid: table.oid,
        owner: table.owner,
        keyColumn: table.keyColumn,
        domain,
        partitionSchema: newest.schema,
        partitions: work.partitions.map(({ name, range }) => ({
          name,
          from: String(range.from),
          to: String(range.to),
        })),
        defaultPartition: work.defaultPartition,
      },
      warnings: rangeWarnings(ranged, newest, ranges, domain, step),
      blockers,
      estimates: [
        { label: 'New partitions', value: ranges.length, unit: 'count' },
        { label: 'Partitions now', value: table.partitions.length, unit: 'count' },
      ],
      tables: [{ title: 'Ranges', columns: ['Partition', 'From', 'To', ''], rows: rangeRows(ranged, work) }],
    };
  } finally {
    await session.close();
  }
}

function refused(input: CreateAheadInput, blocker: Blocker): PlanDraft<CreateAheadParams> {
  return {
    summary: `Create the next partitions of “${input.schema}.${input.table}”.`,
    acts: [],
    params: {
      tableOid: 0,
      owner: '',
      keyColumn: '',
      domain: 'date',
      partitionSchema: '',
      partitions: [],
      defaultPartition: null,
    },
    warnings: [],
    blockers: [blocker],
    estimates: [],
  };
}

function endText(ranges: readonly BoundRange[], domain: BoundDomain): string {
  const last = ranges.at(-1);
  return last ? boundText(last.to, domain) : 'nowhere';
}

function rangeRows(ranged: readonly RangedPartition[], work: PartitionWork): (string | null)[][] {
  const line = (name: string, range: BoundRange, state: string) => [
    name,
    boundText(range.from, work.domain),
    boundText(range.to, work.domain),
    state,
  ];
  return [
    ...ranged.slice(-6).map(({ name, range }) => line(name, range, 'there')),
    ...work.partitions.map(({ name, range }) => line(name, range, 'new')),
  ];
}
