import { formatDuration, plural } from '@/lib/base/format';
import type { ClusterRows, PlanContext, PlanDraft } from '@/lib/engine/define-job';
import { qualified } from '@/lib/instance/quote';
import { connectForPlan } from '@/lib/procedures/dump-plan';
import { waitingFacts } from '@/lib/procedures/index-ddl-plan';
import { type DropFacts, readDropFacts, standInOf, usageRows } from '@/lib/procedures/index-drop-facts';
import { quietDays } from '@/lib/procedures/index-usage';

export interface DropIndexInput {
  database: string;
  schema: string;
  index: string;
  evenIfUsed: boolean;
  deadlineMinutes: number;
}

export type DropIndexParams = {
  indexOid: number;
  tableOid: number;
  /** What makes the same index again. */
  definition: string;
};

export function dropSql(schema: string, index: string): string {
  return `drop index concurrently ${qualified(schema, index)}`;
}

/** What no usage and no wish changes. */
function boundBlockers(
  input: DropIndexInput,
  facts: DropFacts,
  standIn: string | undefined,
): PlanDraft['blockers'] {
  const name = `${input.schema}.${input.index}`;
  const table = qualified(facts.tableSchema, facts.table);
  const blockers: PlanDraft['blockers'] = [];
  const block = (message: string, next: string) => void blockers.push({ message, next });
  if (facts.isSystem) block(`${name} belongs to a system catalogue.`, 'Choose another index.');
  if (!facts.isOwned) {
    block(
      `The operate login may not drop ${name}: it belongs to ${facts.owner}.`,
      'Run the GRANT script of the operate login: it needs to be a member of the owner.',
    );
  }
  if (facts.isPartitioned) {
    block(
      `${name} is the index of a partitioned table, which PostgreSQL cannot drop concurrently.`,
      'Drop it in a maintenance window: it locks the table and its partitions for a moment.',
    );
  }
  if (facts.isPartition) {
    block(`${name} is part of a partitioned index.`, 'Drop the index of the partitioned table instead.');
  }
  if (facts.constraint !== null) {
    block(
      `${name} belongs to the constraint ${facts.constraint}.`,
      `If that is said twice, drop the constraint: alter table ${table} drop constraint …`,
    );
  } else if (facts.isUnique && facts.isValid && standIn === undefined) {
    block(
      `${name} keeps rows unique: without it duplicates come in.`,
      'Create the index or constraint that takes this over first.',
    );
  }
  if (facts.isReplicaIdentity) {
    block(
      `${name} is the replica identity of ${table}: without it logical replication refuses updates and deletes.`,
      `Choose another first: alter table ${table} replica identity …`,
    );
  }
  return blockers;
}

/** How lately it was used anywhere in the cluster, as sentences: what blocks, and what only warns. */
function usageWords(
  input: DropIndexInput,
  facts: DropFacts,
  servers: readonly ClusterRows[],
): { used: string[]; warnings: string[] } {
  const used: string[] = [];
  const warnings: string[] = [];
  const long = quietDays * 86_400;
  const rows = usageRows(servers, input);
  if (facts.idleSeconds !== null) {
    if (facts.idleSeconds < long)
      used.push(`It was used ${formatDuration(facts.idleSeconds)} ago on this server.`);
  } else if (facts.scans > 0 && !rows.some(({ verdict }) => verdict === 'unused')) {
    used.push(
      `${plural(facts.scans, 'scan')} of it are counted on this server, and the last one is not known.`,
    );
  }
  for (const { instance, role, scans, usage, verdict } of rows) {
    if (verdict === 'used on another server') used.push('It is used on a standby.');
    if (role !== 'primary' && scans !== null && scans > 0) used.push(`On ${instance} it was ${usage}.`);
    if (verdict === 'too early to tell' || verdict === 'unknown')
      warnings.push(`Whether it is unused is not known yet: ${usage}.`);
  }
  if (rows.length === 0)
    warnings.push('How it is used on the other servers of the cluster was not read yet.');
  return { used, warnings };
}

/** The dry run of a drop: what binds the index, who uses it anywhere, and what would make it again. */
export async function planDropIndex(
  ctx: PlanContext,
  input: DropIndexInput,
): Promise<PlanDraft<DropIndexParams>> {
  const session = await connectForPlan(ctx, 'operate', input.database);
  try {
    const facts = await readDropFacts(session, input.schema, input.index);
    const standIn = await standInOf(session, facts);
    const servers = await ctx.clusterRows('unused-indexes', input.database);
    const { warnings, tables } = await waitingFacts(session);
    const blockers = boundBlockers(input, facts, standIn);
    const usage = facts.isValid ? usageWords(input, facts, servers) : { used: [], warnings: [] };
    if (standIn !== undefined)
      warnings.unshift(`Its queries go on with ${standIn}, which does all that it does.`);
    else if (usage.used.length > 0 && !input.evenIfUsed) {
      blockers.push({
        message: usage.used.join(' '),
        next: `Wait until it has not been used for ${quietDays} days, or choose “Even if it is used” when its queries may become slow.`,
      });
    } else warnings.unshift(...usage.used, ...usage.warnings);
    if (facts.foreignKey !== null && standIn === undefined) {
      warnings.push(
        `It serves the foreign key ${facts.foreignKey}: a delete of a parent row will read the whole table.`,
      );
    }
    if (facts.isClustered)
      warnings.push('The table was clustered by it; the undo does not set that mark again.');
    if (facts.comment !== null) warnings.push(`Its comment is lost: ${facts.comment}`);
    return {
      summary: `Drop index “${input.schema}.${input.index}” of table “${facts.tableSchema}.${facts.table}” on ${ctx.target.instanceName} without blocking reads or writes.`,
      acts: [{ step: 'drop', sql: dropSql(input.schema, input.index), as: 'login operate' }],
      params: { indexOid: facts.oid, tableOid: facts.tableOid, definition: facts.definition },
      warnings,
      blockers,
      estimates: [{ label: 'Given back', value: facts.bytes, unit: 'bytes' }],
      tables: [
        { title: 'What the undo runs, concurrently', columns: ['Definition'], rows: [[facts.definition]] },
        {
          title: 'Usage on the servers of the cluster',
          columns: ['Server', 'Role', 'Scans', 'Usage', 'Read at'],
          rows: usageRows(servers, input).map((row) => [
            row.instance,
            row.role,
            row.scans,
            row.usage,
            row.at,
          ]),
        },
        ...tables,
      ],
    };
  } finally {
    await session.close();
  }
}
