import { existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { JsonObject, Session, StepContext } from '@/lib/engine/define-job';
import { formerOptions, serverOptions, shellQuoted } from '@/lib/procedures/cluster-restore-config';
import { fetchCommand } from '@/lib/procedures/physical-restore-config';
import { startForGood, stopInOrder } from '@/lib/procedures/server-control';
import { writeSecretFile } from '@/lib/tools/files';
import { type BackrestPlace, pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { runningPostmaster } from '@/lib/tools/postgres';
import { findProgram } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

/** Two data directories that change places: one comes to `at`, what was there is set aside. */
export type Exchange = {
  major: number;
  /** Where the server lives: its service, its archive and its clients know this path. */
  at: string;
  /** Where the one that takes the place is until then. */
  from: string;
  /** Where the one that was there goes. */
  aside: string;
};

export type ExchangeContext = Pick<StepContext, 'tool' | 'log' | 'signal' | 'connect' | 'progress'>;

const upDeadlineMs = 120_000;
const archiveDeadlineMs = 90_000;
const pollMs = 200;

/** Why the two cannot change places by renames; undefined when they can. */
export function renameProblem({ at, from, aside }: Exchange): { message: string; next: string } | undefined {
  const deviceOf = (place: string) => statSync(place).dev;
  if (!existsSync(from)) {
    return { message: `There is no data directory ${from}.`, next: 'Restore the cluster again.' };
  }
  if (existsSync(aside)) {
    return {
      message: `${aside} is there already.`,
      next: 'It was set aside earlier: move it elsewhere if you want to keep it.',
    };
  }
  const parent = path.dirname(at);
  if (!existsSync(parent)) {
    return {
      message: `The folder ${parent}, where the old data directory was, is gone too.`,
      next: 'Mount its filesystem again or make the folder, owned by the server’s user; or repoint PgBouncer instead.',
    };
  }
  const isMount = existsSync(at) && deviceOf(at) !== deviceOf(parent);
  if (!isMount && deviceOf(from) === deviceOf(parent)) return undefined;
  return {
    message: isMount
      ? `${at} is a filesystem of its own and cannot be renamed.`
      : `${from} and ${parent} are not on one filesystem, so neither can be renamed to the other.`,
    next: 'Restore the cluster on the filesystem of the old data directory, or move it there by hand.',
  };
}

/** Which of the two ran when they were stopped: those are started again when they have to go back. */
export type Stopped = { wasRunning: boolean; otherRan: boolean };

/** Stops the server that is to come and the one that is there, in order. */
export async function stopBoth(ctx: ExchangeContext, of: Exchange): Promise<Stopped> {
  const otherRan = await stopInOrder(ctx, of.major, of.from);
  const wasRunning = await stopInOrder(ctx, of.major, of.at);
  ctx.log('info', wasRunning ? `The server in ${of.at} is stopped.` : `No server ran in ${of.at}.`);
  return { wasRunning, otherRan };
}

/** Whether the renames have been done. */
export function isExchanged({ at, from }: Exchange): boolean {
  return !existsSync(from) && existsSync(at);
}

/** Two renames; between them a crash leaves no server in place, and a repeat goes on from there. */
export function exchange(of: Exchange): void {
  if (isExchanged(of)) return;
  if (existsSync(of.at)) renameSync(of.at, of.aside);
  renameSync(of.from, of.at);
}

/** Puts back what was there when the other could not take its place, and starts again what ran. */
export async function putBack(ctx: ExchangeContext, of: Exchange, stopped: Partial<Stopped>): Promise<void> {
  if (isExchanged(of)) {
    // One that is up may have taken writes: which of the two goes on is a person's decision then.
    if (runningPostmaster(of.at) !== undefined) {
      ctx.log('error', `The server in ${of.at} is up, so it stays in place; undo this run to go back.`);
      return;
    }
    renameSync(of.at, of.from);
  }
  if (!existsSync(of.at) && existsSync(of.aside)) renameSync(of.aside, of.at);
  for (const [data, ran] of [
    [of.at, stopped.wasRunning],
    [of.from, stopped.otherRan],
  ] as const) {
    if (!ran || !existsSync(data)) continue;
    await startForGood(ctx, { ...of, data, logFile: logOf(of), options: optionsOf(data) });
    ctx.log('warn', `The server in ${data} runs again as before.`);
  }
}

const logOf = (of: Exchange) => `${path.dirname(of.from)}/server.log`;

/**
 * The old server ended on a timeline that the cluster has left: as it is, it would be taken for a former primary, and
 * its WAL for the other's. So it ends a recovery of its own, which gives it the next number that the archive knows.
 *
 * @returns options that its next start needs for it.
 */
export function newTimeline(data: string, place: BackrestPlace): string {
  const program = findProgram(pgbackrestProgram) ?? pgbackrestProgram;
  // A repeat finds it running: it must not recover again at its next start.
  if (runningPostmaster(data) === undefined) writeSecretFile(`${data}/recovery.signal`, '', toolUserName());
  return serverOptions({
    restore_command: fetchCommand(program, place, 1, data),
    recovery_target_timeline: 'current',
  });
}

/** As the server was started that this file is of; nothing where it never was. */
export function optionsOf(data: string): string {
  const file = `${data}/postmaster.opts`;
  if (!existsSync(file)) return '';
  return formerOptions(readFileSync(file, 'utf8')).map(shellQuoted).join(' ');
}

/**
 * Starts what came into place, with the options that the former one was started with (Debian names its configuration
 * files there), and sees by the console's own login that it is this cluster, on a timeline of its own, and archives.
 *
 * @param known of a former one whose files are gone: what else is known of how it was started.
 */
export async function startInPlace(
  ctx: ExchangeContext,
  of: Exchange,
  known: string,
  more = '',
): Promise<JsonObject> {
  // What came into place was started on a port of its own and without archiving: its own options are not the place's.
  const former = existsSync(of.aside) ? optionsOf(of.aside) : known;
  const options = [former, more].filter(Boolean).join(' ');
  if (runningPostmaster(of.at) === undefined) announceHistories(of.at);
  await startForGood(ctx, { ...of, data: of.at, logFile: logOf(of), options });
  const session = await whenPrimary(ctx);
  const [facts] = await session.query(
    `select (select system_identifier::text from pg_control_system()) as "systemIdentifier",
       ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int as timeline,
       current_setting('archive_mode') as "archiveMode", pg_current_wal_lsn()::text as lsn`,
  );
  await session.close();
  const archiving = await provenArchiving(ctx, Number(facts?.timeline));
  return { ...(facts as JsonObject), archiving };
}

/**
 * A timeline that began while archiving was off has a history that nobody would archive: without it no restore and no
 * standby finds the way to the new WAL. So each one is put up for the archiver (manual: 26.3.5, Timelines).
 */
export function announceHistories(data: string): void {
  for (const name of waitingHistories(data)) {
    writeSecretFile(`${data}/pg_wal/archive_status/${name}.ready`, '', toolUserName());
  }
}

/** Histories that have not come into the archive. */
export function waitingHistories(data: string): string[] {
  return readdirSync(`${data}/pg_wal`).filter(
    (name) =>
      /^[0-9A-F]{8}\.history$/.test(name) && !existsSync(`${data}/pg_wal/archive_status/${name}.done`),
  );
}

export async function whenPrimary(ctx: ExchangeContext): Promise<Session> {
  const until = Date.now() + upDeadlineMs;
  for (;;) {
    ctx.signal.throwIfAborted();
    try {
      const session = await ctx.connect('watch');
      const [row] = await session.query('select pg_is_in_recovery() as recovering');
      if (row?.recovering === false) return session;
      await session.close();
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    if (Date.now() > until) {
      throw new PlumblineError('timed-out', 'The server is up, but still in recovery after two minutes.', {
        next: 'Read its log.',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Null when a segment of this timeline came into the archive, else why that is not known. */
async function provenArchiving(ctx: ExchangeContext, timeline: number): Promise<string | null> {
  const prefix = timeline.toString(16).toUpperCase().padStart(8, '0');
  const until = Date.now() + archiveDeadlineMs;
  try {
    const session = await ctx.connect('backup');
    try {
      await session.query('select pg_current_xact_id()');
      await session.query('select pg_switch_wal()');
      for (;;) {
        const [row] = await session.query(
          `select last_archived_wal like $1 || '%' and last_archived_wal not like '%.history' as done,
             last_failed_wal::text as failed
           from pg_stat_archiver`,
          [prefix],
        );
        if (row?.done === true) return null;
        if (Date.now() > until) {
          return row?.failed ? `archiving ${row.failed} failed` : 'no segment was archived within 90 s';
        }
        ctx.signal.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    } finally {
      await session.close();
    }
  } catch (error) {
    ctx.signal.throwIfAborted();
    return messageOf(error);
  }
}
