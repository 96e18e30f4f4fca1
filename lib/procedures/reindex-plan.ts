import { plural } from '@/lib/base/format';
import type { PlanContext, PlanDraft } from '@/lib/engine/define-job';
import { qualified } from '@/lib/instance/quote';
import { connectForPlan, median } from '@/lib/procedures/dump-plan';
import { firstSafeVersion, waitingFacts } from '@/lib/procedures/index-ddl-plan';
import { type IndexLimits, readIndex } from '@/lib/procedures/reindex-facts';
import { reindexSql } from '@/lib/procedures/reindex-run';

export interface ReindexInput {
  database: string;
  schema: string;
  index: string;
  deadlineMinutes: number;
}

export type ReindexParams = {
  indexOid: number;
  tableOid: number;
};

function limitBlockers(
  input: ReindexInput,
  limits: IndexLimits,
  serverVersionNum: number,
): PlanDraft['blockers'] {
  const name = `${input.schema}.${input.index}`;
  const blockers: PlanDraft['blockers'] = [];
  if (serverVersionNum < firstSafeVersion) {
    blockers.push({
      message: 'PostgreSQL 14.0 to 14.3 may build a damaged index concurrently.',
      next: 'Update the server to 14.4 or newer, then rebuild every index that was built concurrently.',
    });
  }
  if (limits.isSystem) {
    blockers.push({
      message: `${name} belongs to a system catalogue, which cannot be rebuilt concurrently.`,
      next: 'Use REINDEX SYSTEM in a maintenance window.',
    });
  }
  if (limits.isPartitioned) {
    blockers.push({
      message: `${name} is the index of a partitioned table and holds no rows of its own.`,
      next: 'Rebuild the indexes of its partitions one by one.',
    });
  }
  if (limits.isExclusion) {
    blockers.push({
      message: `${name} enforces an exclusion constraint; PostgreSQL cannot rebuild such an index concurrently.`,
      next: 'Use REINDEX INDEX in a maintenance window: it locks the table for writing.',
    });
  }
  if (limits.isTemporary) {
    blockers.push({ message: `${name} belongs to a temporary table.`, next: 'Choose another index.' });
  }
  if (!limits.mayRebuild) {
    blockers.push({
      message: `The operate login may not rebuild ${name}: it belongs to ${limits.owner}.`,
      next: 'Run the GRANT script of the operate login: it needs to be a member of the owner, or pg_maintain on 17 and newer.',
    });
  }
  return blockers;
}

/** The dry run of a rebuild: may it be done, what will it wait for, how much space does it take. */
export async function planReindex(ctx: PlanContext, input: ReindexInput): Promise<PlanDraft<ReindexParams>> {
  const session = await connectForPlan(ctx, 'operate', input.database);
  try {
    const { facts, limits } = await readIndex(session, input.schema, input.index);
    const { warnings, tables } = await waitingFacts(session);
    if (!facts.isValid) warnings.push('The index is invalid now: no query uses it until it is rebuilt.');
    if (!facts.isValid && /_cc(new|old)\d*$/.test(input.index)) {
      warnings.push(
        `By its name it is what a broken-off rebuild left behind; then it is better dropped: drop index concurrently ${qualified(input.schema, input.index)};`,
      );
    }
    const past = await ctx.pastDurations();
    return {
      summary: `Rebuild index “${input.schema}.${input.index}” of table “${facts.tableSchema}.${facts.tableName}” on ${ctx.target.instanceName} without blocking reads or writes.`,
      acts: [{ step: 'reindex', sql: reindexSql(input.schema, input.index), as: 'login operate' }],
      params: { indexOid: facts.oid, tableOid: facts.tableOid },
      warnings,
      blockers: limitBlockers(input, limits, ctx.target.serverVersionNum),
      estimates: [
        { label: 'Index now', value: facts.bytes, unit: 'bytes' },
        { label: 'Needed beside it', value: facts.bytes, unit: 'bytes', note: 'at most, while both exist' },
        { label: 'Table', value: facts.tableBytes, unit: 'bytes', note: 'read twice' },
        {
          label: 'Duration',
          value: median(past),
          unit: 'seconds',
          note:
            past.length === 0 ? 'no earlier run to go by' : `median of ${plural(past.length, 'earlier run')}`,
        },
      ],
      tables,
    };
  } finally {
    await session.close();
  }
}
