import { existsSync, readFileSync, rmSync } from 'node:fs';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { JsonObject, StepContext } from '@/lib/engine/define-job';
import { keepFormer, reload, replaceKept } from '@/lib/procedures/pooler-file';
import { hostsOf } from '@/lib/procedures/pooler-hosts';
import { repointed } from '@/lib/tools/pgbouncer/ini';

/** A PgBouncer whose entries lead from one server to another on the same host. */
export type PoolerTurn = {
  poolerId: string;
  file: string;
  /** Where the file is kept as it was. */
  former: string;
  databases: string[];
  oldPort: number;
  newPort: number;
  socketDirectory: string;
  systemIdentifier: string;
};

/** To the restored server, or back to the old one. */
export type Direction = 'new' | 'old';

type TurnContext = Pick<StepContext, 'poolers' | 'log' | 'signal' | 'target'>;

/** PgBouncer tries a server that refused it again after 15 s (server_login_retry). */
const provenWithinMs = 17_000;
const pollMs = 250;

/** New queries wait in PgBouncer while those that run end; without the right to PAUSE they are cut as they are. */
export async function letTransactionsEnd(ctx: TurnContext, of: PoolerTurn): Promise<void> {
  try {
    await ctx.poolers.tell(of.poolerId, 'pause');
    ctx.log('info', 'PAUSE: clients wait, their transactions have ended.');
  } catch (error) {
    ctx.signal.throwIfAborted();
    await resume(ctx, of);
    ctx.log('warn', `Clients could not be paused, so transactions that run are cut: ${messageOf(error)}`);
  }
}

/** Lets clients go on; nothing to do where they were never paused. */
export async function resume(ctx: TurnContext, of: PoolerTurn): Promise<void> {
  await ctx.poolers.tell(of.poolerId, 'resume').catch(() => undefined);
}

/** Writes the file for a direction, reloads, and proves it; without the proof the file is put back as it was. */
export async function turn(ctx: TurnContext, of: PoolerTurn, direction: Direction): Promise<JsonObject> {
  // After a crash in between the file may be written already: the former one is what it has to go back to.
  const before = readFileSync(direction === 'new' && existsSync(of.former) ? of.former : of.file, 'utf8');
  const text = direction === 'old' ? readFileSync(of.former, 'utf8') : forwardText(ctx, of, before);
  if (direction === 'new') keepFormer(of.file, of.former, before);
  replaceKept(of.file, text);
  try {
    await reload(ctx, of.poolerId, of.file);
    // Who is paused waits in the login, whoever asks for the proof too.
    await resume(ctx, of);
    return await pointsTo(ctx, of, direction);
  } catch (error) {
    replaceKept(of.file, before);
    await reload(ctx, of.poolerId, of.file).catch((second: unknown) =>
      ctx.log('error', `The former file is back, but was not read again: ${messageOf(second)}`),
    );
    if (direction === 'new') rmSync(of.former, { force: true });
    ctx.log('warn', `${of.file} is as it was before.`);
    throw error;
  }
}

function forwardText(ctx: TurnContext, of: PoolerTurn, before: string): string {
  const from = { hosts: hostsOf(ctx.target.host), port: of.oldPort };
  const { text, changes } = repointed(before, from, {
    port: of.newPort,
    socketDirectory: of.socketDirectory,
  });
  if (changes.length === 0) {
    throw new PlumblineError('conflict', `${of.file} has changed: no entry points at the old server.`, {
      next: 'See who changed it, then plan again.',
    });
  }
  return text;
}

/**
 * Who answers behind it: SHOW DATABASES names the port, and a session through it is one of the right server. Its own
 * sessions of before are closed when they are given back, so a few tries are made.
 *
 * @throws PlumblineError `conflict` with what was seen last.
 */
export async function pointsTo(ctx: TurnContext, of: PoolerTurn, direction: Direction): Promise<JsonObject> {
  const port = direction === 'new' ? of.newPort : of.oldPort;
  const database =
    of.databases.find((name) => name !== '*')?.replace(/^"|"$/g, '') ?? ctx.target.maintenanceDatabase;
  const until = Date.now() + provenWithinMs;
  for (;;) {
    ctx.signal.throwIfAborted();
    let seen: string;
    try {
      const rows = await ctx.poolers.show(of.poolerId, 'databases');
      const elsewhere = rows.filter(
        ({ name, port: at }) => of.databases.includes(name ?? '') && Number(at) !== port,
      );
      if (elsewhere.length > 0) seen = `SHOW DATABASES names ${elsewhere[0]?.port} for ${elsewhere[0]?.name}`;
      else {
        const session = await ctx.poolers.connect(of.poolerId, database);
        try {
          const [row] = await session.query(
            `select (select system_identifier::text from pg_control_system()) as id, current_setting('port')::int as port,
               pg_is_in_recovery() as recovering`,
          );
          if (row?.id === of.systemIdentifier && row.port === port && row.recovering === false) {
            return { answersOnPort: port, systemIdentifier: of.systemIdentifier, provenIn: database };
          }
          seen = `a session through it is of port ${row?.port}, system ${row?.id}`;
        } finally {
          await session.close();
        }
      }
    } catch (error) {
      seen = messageOf(error);
    }
    if (Date.now() > until) {
      throw new PlumblineError('conflict', `It is not proven that PgBouncer leads to port ${port}: ${seen}`, {
        next: 'Its login must be a role of the server that may connect, and the server must be up. Then repeat.',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
