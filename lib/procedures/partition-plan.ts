import { messageOf } from '@/lib/base/errors';
import type { PlanContext, PlanDraft, Session } from '@/lib/engine/define-job';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import { connectForPlan } from '@/lib/procedures/dump-plan';
import {
  type BoundDomain,
  type BoundRange,
  boundLiteral,
  boundText,
  detectStep,
  gapsBetween,
  nextRanges,
  type RangeStep,
  sortRanges,
  stepText,
} from '@/lib/procedures/partition-bounds';
import {
  ownerMayCreate,
  type PartitionedTable,
  type PartitionFact,
  readPartitionedTable,
  takenNames,
} from '@/lib/procedures/partition-catalog';
import { createUnits, type PartitionWork, unitText } from '@/lib/procedures/partition-ddl';
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
type Ranged = PartitionFact & { range: BoundRange };

/** Why the next ranges of this table cannot be told at all. */
function shapeBlocker(table: PartitionedTable): Blocker | undefined {
  if (table.strategy !== 'range') {
    return {
      message: `The table is partitioned by ${table.strategy}, not by range.`,
      next: 'Only ranges have a next one.',
    };
  }
  if (table.keyColumns !== 1) {
    return {
      message: `Its key has ${table.keyColumns} columns.`,
      next: 'Make its partitions by hand: only one column has a next range.',
    };
  }
  if (!table.domain || table.keyColumn === null) {
    return {
      message: `Its key is of type ${table.keyType}.`,
      next: 'Only date, timestamp, timestamp with time zone and integers are understood.',
    };
  }
  const open = table.partitions.find(
    (partition) => partition.bound?.kind === 'open' && partition.bound.side === 'to',
  );
  if (open) {
    return {
      message: `${open.name} takes everything up to MAXVALUE.`,
      next: 'Split or detach it first: nothing fits behind it.',
    };
  }
  const strange = table.partitions.find((partition) => !partition.bound);
  if (strange) {
    return {
      message: `The bounds of ${strange.name} are not understood: ${strange.boundText}`,
      next: 'Make the next partitions by hand.',
    };
  }
  return undefined;
}

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
      table.partitions.flatMap((partition): Ranged[] =>
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
      warnings: warningsOf(ranged, newest, ranges, domain, step),
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

async function workBlockers(
  session: Session,
  table: PartitionedTable,
  newest: PartitionFact,
  work: PartitionWork,
  count: number,
): Promise<Blocker[]> {
  const blockers: Blocker[] = [];
  if (!table.mayBeOwner) {
    blockers.push({
      message: `The operate login may not act as ${table.owner}, who owns the table.`,
      next: 'Run the GRANT script of the operate login: it needs to be a member of the owner.',
    });
  } else if (!(await ownerMayCreate(session, table.owner, work.partitionSchema))) {
    blockers.push({
      message: `${table.owner} may not create tables in schema ${work.partitionSchema}.`,
      next: `Run: grant create on schema ${quoteIdent(work.partitionSchema)} to ${quoteIdent(table.owner)};`,
    });
  }
  if (newest.isPartitioned) {
    blockers.push({
      message: `${newest.name} is partitioned itself; a plain table beside it would not be like it.`,
      next: 'Make the next partitions by hand.',
    });
  }
  if (work.partitions.length < count) {
    blockers.push({
      message: `The key’s type has room for ${work.partitions.length} more ranges only.`,
      next: 'Ask for fewer.',
    });
  }
  const names = work.partitions.map(({ name }) => name);
  const taken = await takenNames(session, work.partitionSchema, names);
  if (taken.length > 0 || new Set(names).size < names.length) {
    const message =
      taken.length > 0
        ? `There is something called ${taken.slice(0, 3).join(', ')} already.`
        : 'The newest partition’s name leaves no room to tell the next ones apart.';
    blockers.push({ message, next: 'Rename it, or attach it by hand if it is the missing partition.' });
  }
  const inDefault = await defaultBlocker(session, work);
  return inDefault ? [...blockers, inDefault] : blockers;
}

/** Rows that wait in the default partition for one of the new ranges: ATTACH refuses then. */
async function defaultBlocker(session: Session, work: PartitionWork): Promise<Blocker | undefined> {
  const first = work.partitions[0];
  const last = work.partitions.at(-1);
  if (!work.defaultPartition || !first || !last) return undefined;
  const { schema, name } = work.defaultPartition;
  const key = quoteIdent(work.keyColumn);
  const from = boundLiteral(first.range.from, work.domain);
  const to = boundLiteral(last.range.to, work.domain);
  try {
    const [row] = await session.query(
      `select exists (select from ${qualified(schema, name)} where ${key} >= ${from} and ${key} < ${to}) as found`,
      [],
      { deadlineMs: 30_000 },
    );
    if (row?.found !== true) return undefined;
    return {
      message: `The default partition ${name} holds rows of the new ranges.`,
      next: `Move them first: detach ${qualified(schema, name)}, create the partitions, insert its rows into the table.`,
    };
  } catch (error) {
    return {
      message: `Whether the default partition ${name} holds rows of the new ranges could not be found out: ${messageOf(error)}`,
      next: 'Look when the server is less busy, or index the key in the default partition.',
    };
  }
}

function endText(ranges: readonly BoundRange[], domain: BoundDomain): string {
  const last = ranges.at(-1);
  return last ? boundText(last.to, domain) : 'nowhere';
}

function warningsOf(
  ranged: readonly Ranged[],
  newest: Ranged,
  ranges: readonly BoundRange[],
  domain: BoundDomain,
  step: RangeStep,
): string[] {
  const warnings = gapsBetween(ranged.map(({ range }) => range)).map(
    (gap) =>
      `No partition takes ${boundText(gap.from, domain)} to ${boundText(gap.to, domain)}; this job does not fill gaps.`,
  );
  const now = BigInt(Date.now());
  const end = ranges.at(-1)?.to ?? newest.range.to;
  if (step.unit !== 'integer' && end <= now) {
    warnings.push(`Even the last new range ends at ${boundText(end, domain)}, which is past: ask for more.`);
  } else if (step.unit !== 'integer' && newest.range.to <= now) {
    warnings.push(
      `The newest partition ended at ${boundText(newest.range.to, domain)}: rows since then had nowhere to go or are in the default partition.`,
    );
  }
  if (newest.hasOwnRules) {
    warnings.push(
      `${newest.name} has rights, row security or storage options of its own; new partitions do not get them.`,
    );
  }
  return warnings.slice(0, 20);
}

function rangeRows(ranged: readonly Ranged[], work: PartitionWork): (string | null)[][] {
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
