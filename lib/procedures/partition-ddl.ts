import { createHash } from 'node:crypto';
import { qualified, quoteIdent } from '@/lib/instance/quote';
import { type BoundDomain, type BoundRange, boundLiteral } from '@/lib/procedures/partition-bounds';

export interface NewPartition {
  name: string;
  range: BoundRange;
}

export interface PartitionWork {
  schema: string;
  table: string;
  owner: string;
  keyColumn: string;
  domain: BoundDomain;
  /** Where the new partitions go: beside the newest one. */
  partitionSchema: string;
  partitions: NewPartition[];
  /** The default partition, if there is one. */
  defaultPartition: { schema: string; name: string } | null;
}

/** Statements that are one transaction, tried again when a lock is not to be had. */
export interface DdlUnit {
  what: string;
  statements: string[];
  /** A scan of the default partition may take its time; everything else is a moment's work. */
  isLong?: true;
}

/**
 * Everything that makes the new partitions, in order. Each is created apart and attached: CREATE TABLE … PARTITION OF
 * would lock the whole table for reading. Indexes, foreign keys and triggers come with ATTACH.
 *
 * A default partition is scanned by ATTACH under an exclusive lock, unless a constraint already proves that it holds
 * no row of the range (PostgreSQL documentation, 5.12.2.2): so that constraint is added unproven, proven without
 * blocking anybody, and dropped at the end.
 */
export function createUnits(work: PartitionWork): DdlUnit[] {
  const parent = qualified(work.schema, work.table);
  const units: DdlUnit[] = work.partitions.map(({ name, range }) => {
    const partition = qualified(work.partitionSchema, name);
    const from = boundLiteral(range.from, work.domain);
    const to = boundLiteral(range.to, work.domain);
    return {
      what: `partition ${name}`,
      statements: [
        `create table ${partition} (like ${parent} including defaults including constraints including generated including storage including compression including comments)`,
        `alter table ${parent} attach partition ${partition} for values from (${from}) to (${to})`,
      ],
    };
  });
  const guard = defaultGuard(work);
  if (!guard) return units;
  return [
    { what: 'a check on the default partition', statements: [guard.drop, guard.add] },
    {
      what: 'the proof that the default partition holds no such row',
      statements: [guard.validate],
      isLong: true,
    },
    ...units,
    { what: 'the end of that check', statements: [guard.drop] },
  ];
}

/** The temporary constraint on the default partition: its name says whose it is and which range it is for. */
export function defaultGuard(
  work: PartitionWork,
): { name: string; add: string; validate: string; drop: string } | undefined {
  const first = work.partitions[0];
  const last = work.partitions.at(-1);
  if (!work.defaultPartition || !first || !last) return undefined;
  const from = boundLiteral(first.range.from, work.domain);
  const to = boundLiteral(last.range.to, work.domain);
  const hash = createHash('sha256').update(`${from} ${to}`).digest('hex').slice(0, 12);
  const name = `plumbline_ahead_${hash}`;
  const table = qualified(work.defaultPartition.schema, work.defaultPartition.name);
  const key = quoteIdent(work.keyColumn);
  return {
    name,
    add: `alter table ${table} add constraint ${name} check (${key} is null or ${key} < ${from} or ${key} >= ${to}) not valid`,
    validate: `alter table ${table} validate constraint ${name}`,
    drop: `alter table ${table} drop constraint if exists ${name}`,
  };
}

/** How a unit stands in a plan: the whole transaction, as the owner. */
export function unitText(unit: DdlUnit, owner: string, lockTimeoutMs: number): string {
  const lines = ['begin', ...unitPreamble(owner, lockTimeoutMs), ...unit.statements, 'commit'];
  return lines.map((line) => `${line};`).join('\n');
}

export function unitPreamble(owner: string, lockTimeoutMs: number): string[] {
  return [`set local lock_timeout = '${lockTimeoutMs}ms'`, `set local role ${quoteIdent(owner)}`];
}

/**
 * Drops one partition that must be empty: nobody can write to it between the look and the drop, since the parent is
 * locked first, as every query locks them.
 */
export function dropStatements(
  parent: { schema: string; table: string },
  partition: { schema: string; name: string },
): { lock: string[]; hasRows: string; drop: string[] } {
  const table = qualified(parent.schema, parent.table);
  const child = qualified(partition.schema, partition.name);
  return {
    lock: [
      `lock table only ${table} in access exclusive mode`,
      `lock table ${child} in access exclusive mode`,
    ],
    hasRows: `select exists (select from ${child}) as "hasRows"`,
    drop: [`alter table ${table} detach partition ${child}`, `drop table ${child}`],
  };
}
