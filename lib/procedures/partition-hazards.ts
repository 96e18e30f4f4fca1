import { messageOf } from '@/lib/base/errors';
import type { PlanDraft, Session } from '@/lib/engine/define-job';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import {
  type BoundDomain,
  type BoundRange,
  boundLiteral,
  boundText,
  gapsBetween,
  type RangeStep,
} from '@/lib/procedures/partition-bounds';
import {
  ownerMayCreate,
  type PartitionedTable,
  type PartitionFact,
  takenNames,
} from '@/lib/procedures/partition-catalog';
import type { PartitionWork } from '@/lib/procedures/partition-ddl';

type Blocker = PlanDraft['blockers'][number];
export type RangedPartition = PartitionFact & { range: BoundRange };

/** Why the next ranges of this table cannot be told at all. */
export function shapeBlocker(table: PartitionedTable): Blocker | undefined {
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

/** What speaks against this very work: rights, names, rows that are in the way. */
export async function workBlockers(
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

/** What does not stop it and should be known: gaps, ranges that are past, rules that are not copied. */
export function rangeWarnings(
  ranged: readonly RangedPartition[],
  newest: RangedPartition,
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
