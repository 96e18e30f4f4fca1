import { messageOf } from '@/lib/base/errors';
import type { ClusterRows, LastKnown, PlanContext, PlanDraft } from '@/lib/engine/define-job';
import { momentText } from '@/lib/procedures/last-sign';

/** The checks that last saw slots and senders of a server that is asked no more. */
export type HangerChecks = { slots: string; senders: string };

type Tables = NonNullable<PlanDraft['tables']>;

/** Who hangs on the server that is about to be set aside: nobody of them follows by itself. */
export async function hangers(
  ctx: PlanContext,
  last: LastKnown,
  checks: HangerChecks,
  warnings: string[],
): Promise<Tables> {
  if (ctx.target.isReachable !== false) {
    try {
      return filled(await askedHangers(ctx, warnings));
    } catch (error) {
      ctx.signal.throwIfAborted();
      warnings.push(`Standbys and slots could not be read, so they are as last seen: ${messageOf(error)}`);
    }
  }
  return filled(await knownHangers(ctx, last, checks));
}

const filled = (tables: Tables) => tables.filter(({ rows }) => rows.length > 0);

async function askedHangers(ctx: PlanContext, warnings: string[]): Promise<Tables> {
  const session = await ctx.connect('watch');
  const standbys = await session.query(
    `select application_name::text as name, client_addr::text as address, state::text as state from pg_stat_replication`,
  );
  const slots = await session.query(
    `select slot_name::text as name, slot_type::text as type, active from pg_replication_slots where not temporary`,
  );
  const [sessions] = await session.query(
    `select count(*)::int as count from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
  );
  await session.close();
  if (Number(sessions?.count) > 0)
    warnings.push(`${sessions?.count} sessions will be cut when the old server stops.`);
  return [
    {
      title: 'Standbys to rebuild: they follow the old timeline',
      columns: ['Standby', 'Address', 'State'],
      rows: standbys.map((row) => [String(row.name), String(row.address ?? ''), String(row.state)]),
    },
    {
      title: 'Replication slots to make anew',
      columns: ['Slot', 'Type', 'Active'],
      rows: slots.map((row) => [String(row.name), String(row.type), row.active ? 'yes' : 'no']),
    },
  ];
}

/** From what the console watched: its standbys as they are now, others and slots as the dead server last told. */
async function knownHangers(ctx: PlanContext, last: LastKnown, checks: HangerChecks): Promise<Tables> {
  const ofTarget = async (check: string): Promise<ClusterRows[]> =>
    (await ctx.clusterRows(check, '')).filter(({ instanceName }) => instanceName === ctx.target.instanceName);
  const [slots, senders] = await Promise.all([ofTarget(checks.slots), ofTarget(checks.senders)]);
  const watched = last.others.filter(({ role }) => role !== 'primary');
  const unwatched = senders.flatMap(({ rows, observedAt }) =>
    rows
      .filter(({ watched_as: name }) => !watched.some((each) => each.name === name))
      .map((row) => [String(row.standby), String(row.address ?? ''), 'not watched', momentText(observedAt)]),
  );
  return [
    {
      title: 'Standbys to rebuild: they follow the old timeline',
      columns: ['Standby', 'Address', 'State', 'Last seen'],
      rows: [
        ...watched.map(({ name, host, port, answers, seenAt }) => [
          name,
          `${host}:${port}`,
          answers ? 'answers' : 'does not answer',
          momentText(seenAt),
        ]),
        ...unwatched,
      ],
    },
    {
      title: 'Replication slots to make anew, as the old server last told',
      columns: ['Slot', 'Type', 'Database', 'Had a reader', 'Last seen'],
      rows: slots.flatMap(({ rows, observedAt }) =>
        rows.map((row) => [
          String(row.slot),
          String(row.type),
          String(row.database ?? ''),
          row.active === 'active' ? 'yes' : 'no',
          momentText(observedAt),
        ]),
      ),
    },
  ];
}
