import { PlumblineError } from '@/lib/base/errors';
import type { PlanContext, PlanDraft, Session, StepContext } from '@/lib/engine/define-job';
import { connectForPlan } from '@/lib/procedures/dump-plan';
import { readPartitionedTable } from '@/lib/procedures/partition-catalog';
import { dropStatements, unitPreamble } from '@/lib/procedures/partition-ddl';
import { inOwnersTransaction, lockTimeoutMs } from '@/lib/procedures/partition-run';

export interface DropEmptyInput {
  database: string;
  schema: string;
  table: string;
  partitions: { schema: string; name: string }[];
}

export type DropEmptyParams = {
  owner: string;
  /** By oid as well: a later table of the same name is not the one that was approved. */
  partitions: { oid: number; schema: string; name: string }[];
};

export type DropContext = StepContext<DropEmptyInput, DropEmptyParams>;

/** The dry run: are they partitions of this table, are they empty, and by exactly which statements they go. */
export async function planDropEmpty(
  ctx: PlanContext,
  input: DropEmptyInput,
): Promise<PlanDraft<DropEmptyParams>> {
  const session = await connectForPlan(ctx, 'operate', input.database);
  try {
    const table = await readPartitionedTable(session, input.schema, input.table);
    const blockers: PlanDraft['blockers'] = [];
    if (!table.mayBeOwner) {
      blockers.push({
        message: `The operate login may not act as ${table.owner}, who owns the table.`,
        next: 'Run the GRANT script of the operate login: it needs to be a member of the owner.',
      });
    }
    const found: DropEmptyParams['partitions'] = [];
    for (const { schema, name } of input.partitions) {
      const partition = table.partitions.find((fact) => fact.schema === schema && fact.name === name);
      if (!partition) {
        blockers.push({
          message: `${schema}.${name} is not a partition of this table.`,
          next: 'Leave it out and plan again.',
        });
        continue;
      }
      found.push({ oid: partition.oid, schema, name });
      const [row] = await session.query(dropStatements(input, partition).hasRows, [], { deadlineMs: 30_000 });
      if (row?.hasRows !== true) continue;
      blockers.push({
        message: `${schema}.${name} is no longer empty.`,
        next: 'Leave it out: this job drops empty partitions only.',
      });
    }
    return {
      summary: `Drop ${found.length} empty partitions of “${input.schema}.${input.table}”; each is looked at again under its lock.`,
      acts: found.map((partition) => {
        const { lock, hasRows, drop } = dropStatements(input, partition);
        const lines = [
          'begin',
          ...unitPreamble(table.owner, lockTimeoutMs),
          ...lock,
          hasRows,
          ...drop,
          'commit',
        ];
        return { step: 'drop', sql: lines.map((line) => `${line};`).join('\n'), as: 'login operate' };
      }),
      params: { owner: table.owner, partitions: found },
      warnings: ['While each one goes, for a moment nobody can read or write the table.'],
      blockers,
      estimates: [{ label: 'Partitions to drop', value: found.length, unit: 'count' }],
    };
  } finally {
    await session.close();
  }
}

/**
 * Drops them one by one; what is gone already is done. One that holds rows under its lock ends the run.
 * @throws PlumblineError `conflict` that names the partition that is not empty.
 */
export async function dropEmpty(ctx: DropContext, session: Session): Promise<string[]> {
  const dropped: string[] = [];
  for (const [index, partition] of ctx.params.partitions.entries()) {
    ctx.progress(index, ctx.params.partitions.length, partition.name);
    const { partitions } = await readPartitionedTable(session, ctx.input.schema, ctx.input.table);
    if (!partitions.some((fact) => fact.oid === partition.oid && fact.name === partition.name)) continue;
    const what = `partition ${partition.name}`;
    await inOwnersTransaction(ctx, session, { owner: ctx.params.owner, what }, async () => {
      const { lock, hasRows, drop } = dropStatements(ctx.input, partition);
      for (const statement of lock) await session.query(statement);
      const [row] = await session.query(hasRows);
      if (row?.hasRows !== false) {
        throw new PlumblineError(
          'conflict',
          `${partition.schema}.${partition.name} is no longer empty; it stays.`,
          {
            next: 'Plan again without it.',
          },
        );
      }
      for (const statement of drop) await session.query(statement);
    });
    dropped.push(partition.name);
    ctx.log('info', `Dropped the empty partition ${partition.name}.`);
  }
  return dropped;
}
