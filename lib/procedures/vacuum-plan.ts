import { formatDuration, formatNumber, plural } from '@/lib/base/format';
import type { PlanContext, PlanDraft, Session } from '@/lib/engine/define-job';
import { connectForPlan, median } from '@/lib/procedures/dump-plan';
import { type VacuumInput, vacuumSql } from '@/lib/procedures/vacuum-run';
import { readXminHolders, type XminHolder } from '@/lib/procedures/xmin-holders';

export type VacuumParams = { oid: number };

export type VacuumedTable = {
  oid: number;
  bytes: number;
  liveRows: number;
  deadRows: number;
  xidAge: number;
  vacuumedAt: string | null;
  owner: string;
  mayVacuum: boolean;
};

/**
 * A table as it is now; undefined when there is none of this name. Without the right VACUUM only warns and skips the
 * table (manual: VACUUM), so the right is asked for: ownership, or MAINTAIN from 17 on.
 */
export async function readVacuumed(
  session: Session,
  schema: string,
  table: string,
): Promise<VacuumedTable | undefined> {
  const [row] = await session.query(
    `select class.oid, pg_total_relation_size(class.oid)::float8 as bytes,
       coalesce(seen.n_live_tup, 0)::float8 as live, coalesce(seen.n_dead_tup, 0)::float8 as dead,
       coalesce(age(nullif(class.relfrozenxid, '0'::xid)), 0)::float8 as xid_age,
       greatest(seen.last_vacuum, seen.last_autovacuum)::text as vacuumed_at,
       pg_get_userbyid(class.relowner)::text as owner,
       pg_has_role(class.relowner, 'usage')
         or pg_has_role((select datdba from pg_database where datname = current_database()), 'usage') as owns,
       current_setting('server_version_num')::int4 as version
     from pg_class as class
     join pg_namespace as schema on schema.oid = class.relnamespace
     left join pg_stat_all_tables as seen on seen.relid = class.oid
     where schema.nspname = $1 and class.relname = $2 and class.relkind in ('r', 'p', 'm')`,
    [schema, table],
  );
  if (!row) return undefined;
  const oid = Number(row.oid);
  return {
    oid,
    bytes: Number(row.bytes),
    liveRows: Number(row.live),
    deadRows: Number(row.dead),
    xidAge: Number(row.xid_age),
    vacuumedAt: row.vacuumed_at as string | null,
    owner: String(row.owner),
    mayVacuum: row.owns === true || (Number(row.version) >= 170_000 && (await mayMaintain(session, oid))),
  };
}

/** MAINTAIN is a right of its own from 17 on; asking an older server for it is an error. */
async function mayMaintain(session: Session, oid: number): Promise<boolean> {
  const [row] = await session.query(`select has_table_privilege($1::oid, 'MAINTAIN') as may`, [oid]);
  return row?.may === true;
}

/** Older than this a snapshot is worth a word: fewer dead rows than that nobody misses. */
const worthTransactions = 10_000;
const worthSeconds = 300;

function horizonWarnings(holders: readonly XminHolder[]): string[] {
  const worst = holders.find(
    ({ xminAge, heldSeconds }) => xminAge >= worthTransactions || (heldSeconds ?? 0) >= worthSeconds,
  );
  if (!worst) return [];
  const held = worst.heldSeconds === null ? '' : ` for ${formatDuration(worst.heldSeconds)}`;
  return [
    `Rows that died in the last ${formatNumber(worst.xminAge)} transactions will stay: the ${worst.kind} ${worst.holder} (${worst.what}) holds back vacuum${held}.`,
  ];
}

/** The dry run of a vacuum: may it be done, what is there to remove, and who keeps it from being removed. */
export async function planVacuum(ctx: PlanContext, input: VacuumInput): Promise<PlanDraft<VacuumParams>> {
  const session = await connectForPlan(ctx, 'operate', input.database);
  try {
    const found = await readVacuumed(session, input.schema, input.table);
    const holders = await readXminHolders(session, input.database);
    const past = await ctx.pastDurations();
    const name = `${input.schema}.${input.table}`;
    const blockers: PlanDraft['blockers'] = [];
    if (!found) {
      blockers.push({ message: `There is no table ${name}.`, next: 'Choose another schema or table.' });
    } else if (!found.mayVacuum) {
      blockers.push({
        message: `The operate login may not vacuum ${name}: it belongs to ${found.owner}.`,
        next: 'Run the GRANT script of the operate login: it needs to be a member of the owner, or pg_maintain on 17 and newer.',
      });
    }
    return {
      summary: `Vacuum ${name} in ${input.database} on ${ctx.target.instanceName}${input.analyze ? ' and renew its statistics' : ''}; reads and writes go on.`,
      acts: [{ step: 'vacuum', sql: vacuumSql(input), as: 'login operate' }],
      params: { oid: found?.oid ?? 0 },
      warnings: horizonWarnings(holders),
      blockers,
      estimates: [
        {
          label: 'Dead rows',
          value: found?.deadRows ?? null,
          unit: 'count',
          note: 'as the statistics have it',
        },
        {
          label: 'Table, TOAST and indexes',
          value: found?.bytes ?? null,
          unit: 'bytes',
          note: 'read at most',
        },
        {
          label: 'Duration',
          value: median(past),
          unit: 'seconds',
          note:
            past.length === 0 ? 'no earlier run to go by' : `median of ${plural(past.length, 'earlier run')}`,
        },
      ],
      tables: [
        {
          title: 'Who holds back vacuum in this database now',
          columns: ['Held by', 'Name', 'Transactions since', 'Held for (s)', 'Who it is'],
          rows: holders.map(({ kind, holder, xminAge, heldSeconds, what }) => [
            kind,
            holder,
            xminAge,
            heldSeconds === null ? null : Math.round(heldSeconds),
            what,
          ]),
        },
      ],
    };
  } finally {
    await session.close();
  }
}
