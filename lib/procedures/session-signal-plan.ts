import { z } from 'zod';
import { formatDuration, plural } from '@/lib/base/format';
import type { PlanContext, PlanDraft, Purpose, Session } from '@/lib/engine/define-job';
import { quoteIdent } from '@/lib/instance/quote';
import {
  isMemberOf,
  readRights,
  readSession,
  readVictims,
  type SeenSession,
} from '@/lib/procedures/session-signal-facts';
import {
  type Blocker,
  idleBlocker,
  isOurs,
  preparedBlocker,
  refusalOf,
} from '@/lib/procedures/session-signal-refusal';
import { type Signal, signalOneSql, signalVictimsSql } from '@/lib/procedures/session-signal-sql';

export const signalInput = z.object({
  pid: z.int().min(0).max(4_194_304).meta({ title: 'Process' }),
  backendStart: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d(:?\d\d)?)$/, 'A moment with its zone.')
    .meta({
      title: 'Session began',
      description:
        'As pg_stat_activity.backend_start has it, to the microsecond: another session may have the number next.',
    }),
  whom: z.enum(['session', 'victims']).default('session').meta({
    title: 'Whom',
    description: '“session” is this one; “victims” is everybody who waits behind it.',
  }),
  allowSpecial: z.boolean().default(false).meta({
    title: 'Also a superuser’s session, replication or a background process',
    description: 'Refused unless chosen.',
  }),
});
export type SignalInput = z.infer<typeof signalInput>;
export type SignalParams = { ownUsers: string[] };

const words = {
  cancel: { act: 'Cancel the statement of', hits: 'loses its statement' },
  terminate: { act: 'End', hits: 'loses its transaction' },
} as const;

export const statementOf = (signal: Signal, input: SignalInput, ownUsers: readonly string[]) =>
  input.whom === 'victims' ? signalVictimsSql(signal, input, ownUsers) : signalOneSql(signal, input);

/** Who the console itself is on this server. A purpose without a login has no sessions either. */
async function ownUsersOf(ctx: PlanContext, known: readonly string[]): Promise<string[]> {
  const users = new Set(known);
  const session = await ctx.connect('backup').catch(() => undefined);
  if (session) {
    const [row] = await session.query('select session_user::text as username');
    if (row) users.add(String(row.username));
    await session.close();
  }
  return [...users].sort();
}

const sessionColumns = [
  'Process',
  'User',
  'Database',
  'Application',
  'From',
  'State',
  'Transaction (s)',
  'Statement',
];

const rowOf = (seen: SeenSession) => [
  String(seen.pid),
  seen.user ?? seen.backendType,
  seen.database,
  seen.application,
  seen.client,
  seen.state,
  seen.xactSeconds === null ? null : Math.round(seen.xactSeconds * 10) / 10,
  seen.query,
];

async function withBoth<T>(
  ctx: PlanContext,
  work: (watch: Session, operate: Session) => Promise<T>,
): Promise<T> {
  const sessions: Session[] = [];
  const connect = async (purpose: Purpose) => {
    const session = await ctx.connect(purpose);
    sessions.push(session);
    return session;
  };
  try {
    return await work(await connect('watch'), await connect('operate'));
  } finally {
    for (const session of sessions) await session.close();
  }
}

/** The dry run: who is hit, how many it frees, and what stands against it. Sends no signal. */
export async function planSignal(
  ctx: PlanContext,
  signal: Signal,
  input: SignalInput,
): Promise<PlanDraft<SignalParams>> {
  return withBoth(ctx, async (watch, operate) => {
    const rights = await readRights(operate);
    const [self] = await watch.query('select session_user::text as username');
    const ownUsers = await ownUsersOf(ctx, [rights.user, String(self?.username)]);
    const root = input.pid === 0 ? undefined : await readSession(watch, input);
    const victims = root ? await readVictims(watch, input) : [];
    const blockers: Blocker[] = [];
    const warnings: string[] = [];
    const members = new Map<string, boolean>();
    const refusal = async (seen: SeenSession) => {
      if (seen.user !== null && !members.has(seen.user))
        members.set(seen.user, await isMemberOf(operate, seen.user));
      return refusalOf(seen, rights, input, members.get(seen.user ?? '') ?? false, ownUsers);
    };
    let hit: SeenSession[] = [];
    if (input.pid === 0) blockers.push(preparedBlocker());
    else if (!root) {
      blockers.push({
        message: `There is no session with the number ${input.pid} that began at ${input.backendStart}: it has ended.`,
        next: 'Nothing needs to be done to it. A session that has the same number now is another one.',
      });
    } else if (input.whom === 'session') {
      hit = [root];
      const blocker = (await refusal(root)) ?? (signal === 'cancel' ? idleBlocker(root) : undefined);
      if (blocker) blockers.push(blocker);
      if (root.application.startsWith('plumbline') && !isOurs(root, ownUsers))
        warnings.push(
          `It calls itself “${root.application}” but is of ${root.user}, which is no login of Plumbline.`,
        );
    } else {
      const refused: string[] = [];
      for (const victim of victims) {
        const why = await refusal({ ...victim });
        if (why || victim.isSuperuser || victim.backendType !== 'client backend') {
          refused.push(why?.message ?? `Process ${victim.pid} is left out.`);
        } else hit.push(victim);
      }
      for (const message of refused.slice(0, 5)) warnings.push(`Left out: ${message}`);
      if (!rights.seesOthers) {
        blockers.push({
          message: `${rights.user} does not see who waits.`,
          next: `grant pg_monitor to ${quoteIdent(rights.user)};`,
        });
      }
      if (hit.length === 0) {
        blockers.push({
          message: 'Nobody whom this may signal waits behind it now.',
          next: 'Look at the lock tree again.',
        });
      }
    }
    const freed = input.whom === 'session' ? victims.length : 0;
    const who = root
      ? `${root.user ?? root.backendType}${root.database === null ? '' : ` in ${root.database}`}`
      : '';
    const summary =
      input.whom === 'victims'
        ? `${words[signal].act} the ${plural(hit.length, 'session')} that wait behind process ${input.pid} on ${ctx.target.instanceName}.`
        : `${words[signal].act} process ${input.pid}${who ? ` of ${who}` : ''} on ${ctx.target.instanceName}.`;
    if (root && signal === 'terminate' && root.xactSeconds !== null && input.whom === 'session')
      warnings.push(`Its transaction of ${formatDuration(root.xactSeconds)} is rolled back.`);
    return {
      summary,
      acts: [{ step: 'signal', sql: statementOf(signal, input, ownUsers), as: 'login operate' }],
      params: { ownUsers },
      warnings,
      blockers,
      estimates: [
        {
          label: input.whom === 'victims' ? 'Sessions hit' : 'Waiters behind it',
          value: input.whom === 'victims' ? hit.length : freed,
          unit: 'count',
          note:
            input.whom === 'victims' ? `each ${words[signal].hits}` : 'at this moment, direct and further',
        },
      ],
      tables: [
        { title: 'Who is hit', columns: sessionColumns, rows: hit.map(rowOf), literals: ['Statement'] },
        ...(input.whom === 'session'
          ? [
              {
                title: 'Who waits behind it',
                columns: sessionColumns,
                rows: victims.slice(0, 50).map(rowOf),
                literals: ['Statement'],
              },
            ]
          : []),
      ],
    };
  });
}
