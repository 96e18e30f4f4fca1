import { messageOf } from '@/lib/base/errors';
import type { JsonObject, Session, StepContext } from '@/lib/engine/define-job';
import { boundText } from '@/lib/procedures/partition-bounds';
import { type PartitionFact, readPartitionedTable } from '@/lib/procedures/partition-catalog';
import { createUnits, defaultGuard, type PartitionWork } from '@/lib/procedures/partition-ddl';
import type { CreateAheadInput, CreateAheadParams } from '@/lib/procedures/partition-plan';
import { runUnit } from '@/lib/procedures/partition-run';

export type CreateContext = StepContext<CreateAheadInput, CreateAheadParams>;

export type CreatedPartitions = { partitions: { schema: string; name: string }[] };

function workOf(ctx: CreateContext): PartitionWork {
  const { partitions, ...params } = ctx.params;
  return {
    ...params,
    schema: ctx.input.schema,
    table: ctx.input.table,
    partitions: partitions.map(({ name, from, to }) => ({
      name,
      range: { from: BigInt(from), to: BigInt(to) },
    })),
  };
}

/** Which of the planned partitions are attached, with exactly their bounds. */
async function attachedNames(ctx: CreateContext, session: Session): Promise<Set<string>> {
  const { partitions } = await readPartitionedTable(session, ctx.input.schema, ctx.input.table);
  const planned = new Map(workOf(ctx).partitions.map(({ name, range }) => [name, range]));
  const isPlanned = ({ schema, name, bound }: PartitionFact) => {
    const range = planned.get(name);
    return (
      schema === ctx.params.partitionSchema &&
      bound?.kind === 'range' &&
      bound.range.from === range?.from &&
      bound.range.to === range.to
    );
  };
  return new Set(partitions.filter(isPlanned).map(({ name }) => name));
}

function created(ctx: CreateContext): CreatedPartitions {
  const { partitionSchema, partitions } = ctx.params;
  return { partitions: partitions.map(({ name }) => ({ schema: partitionSchema, name })) };
}

/**
 * Creates what is missing, each partition in a transaction of its own, so that a repeat goes on where the last one
 * ended.
 */
export async function createPartitions(ctx: CreateContext, session: Session): Promise<CreatedPartitions> {
  const attached = await attachedNames(ctx, session);
  const work = workOf(ctx);
  const missing = { ...work, partitions: work.partitions.filter(({ name }) => !attached.has(name)) };
  if (missing.partitions.length > 0) {
    const units = createUnits(missing);
    for (const [index, unit] of units.entries()) {
      ctx.progress(index, units.length, unit.what);
      await runUnit(ctx, session, work.owner, unit);
      ctx.log('info', `Done: ${unit.what}.`);
    }
  }
  // Also what an earlier, broken-off attempt has left: its check was for a longer stretch.
  await dropGuards(ctx, session);
  return created(ctx);
}

/** Done when every planned partition is attached and the temporary check is gone. */
export async function probePartitions(
  ctx: CreateContext,
  session: Session,
): Promise<CreatedPartitions | undefined> {
  const attached = await attachedNames(ctx, session);
  if (attached.size < ctx.params.partitions.length) return undefined;
  return (await guardsLeft(ctx, session)).length === 0 ? created(ctx) : undefined;
}

/** Names of checks of ours on the default partition, of this run's ranges or of a part of them. */
async function guardsLeft(ctx: CreateContext, session: Session): Promise<string[]> {
  const fallback = ctx.params.defaultPartition;
  if (!fallback) return [];
  const rows = await session.query(
    `select k.conname::text as name
     from pg_constraint k
     join pg_class c on c.oid = k.conrelid
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and k.conname ~ '^plumbline_ahead_[0-9a-f]{12}$'`,
    [fallback.schema, fallback.name],
  );
  return rows.map((row) => String(row.name));
}

/** Takes the temporary check off the default partition. Partitions that were made are whole and stay. */
export async function dropGuards(ctx: CreateContext, session: Session): Promise<void> {
  const guard = defaultGuard(workOf(ctx));
  for (const name of guard ? await guardsLeft(ctx, session) : []) {
    if (!guard) continue;
    const statement = guard.drop.replaceAll(guard.name, name);
    try {
      await runUnit(ctx, session, ctx.params.owner, { what: `check ${name}`, statements: [statement] });
    } catch (error) {
      ctx.log('error', `The check ${name} is still there; run: ${statement}; (${messageOf(error)})`);
      throw error;
    }
  }
}

/** What the evidence shows before and after: how far the table reaches. */
export async function reachOf(ctx: CreateContext, session: Session): Promise<JsonObject> {
  const table = await readPartitionedTable(session, ctx.input.schema, ctx.input.table);
  const ends = table.partitions.flatMap(({ bound }) => (bound?.kind === 'range' ? [bound.range.to] : []));
  const end = ends.reduce<bigint | undefined>(
    (most, to) => (most === undefined || to > most ? to : most),
    undefined,
  );
  return {
    schema: ctx.input.schema,
    table: ctx.input.table,
    partitions: table.partitions.length,
    reachesTo: end === undefined ? null : boundText(end, ctx.params.domain),
    newest: table.partitions.slice(-12).map(({ name, boundText: text }) => ({ name, bounds: text })),
  };
}
