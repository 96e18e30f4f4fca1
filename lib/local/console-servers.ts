import { existsSync, readFileSync, renameSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import { holderOf } from '@/lib/local/busy-port';
import type { Progress } from '@/lib/local/progress';
import { ensureDatabase, ensureRole, loopbackUrl, withSession } from '@/lib/local/sql';
import type { LocalState } from '@/lib/local/state';
import { removeTree } from '@/lib/tools/files';
import {
  addSettings,
  initCluster,
  type RunningServer,
  runningPostmaster,
  startServer,
} from '@/lib/tools/postgres';
import type { PostgresPrograms } from '@/lib/tools/programs';
import { startRedisServer } from '@/lib/tools/redis';

/** Something that `npm start` started and stops again. */
export interface Stoppable {
  stop(): Promise<void>;
}

export interface ConsoleUrls {
  ownerUrl: string;
  webUrl: string;
  workerUrl: string;
}

/** The same database as another role. */
export function asRole(url: string, user: string, password: string): string {
  const address = new URL(url);
  address.username = encodeURIComponent(user);
  address.password = encodeURIComponent(password);
  return address.toString();
}

/** The URLs of the three roles of a console database whose owner's is known. */
export function roleUrls(ownerUrl: string, state: LocalState): ConsoleUrls {
  return {
    ownerUrl,
    webUrl: asRole(ownerUrl, 'plumbline_web', state.secrets.consoleWeb),
    workerUrl: asRole(ownerUrl, 'plumbline_worker', state.secrets.consoleWorker),
  };
}

/**
 * Makes a cluster at its first start, under another name until it is whole: a half-made one is made anew. True when
 * it was made now.
 */
export async function ensureCluster(
  programs: PostgresPrograms,
  dataDirectory: string,
  options: {
    user: string | undefined;
    password: string;
    settings: Record<string, string | number | boolean>;
  },
): Promise<boolean> {
  if (existsSync(dataDirectory)) return false;
  const partial = `${dataDirectory}.new`;
  removeTree(partial);
  await initCluster({ programs, dataDirectory: partial, user: options.user, password: options.password });
  addSettings(partial, options.settings);
  renameSync(partial, dataDirectory);
  return true;
}

/** A server that an earlier, killed start left behind is asked to end before ours starts. */
export async function endLeftover(dataDirectory: string): Promise<void> {
  const pid = runningPostmaster(dataDirectory);
  if (pid === undefined) return;
  process.kill(pid, 'SIGINT');
  const until = Date.now() + 20_000;
  while (runningPostmaster(dataDirectory) !== undefined) {
    if (Date.now() > until) {
      throw new PlumblineError(
        'conflict',
        `A PostgreSQL server (process ${pid}) still uses ${dataDirectory}.`,
        {
          next: `Stop it with \`kill -INT ${pid}\` and start again.`,
        },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const sayMoved = (progress: Progress) => (from: number, to: number) =>
  progress.note(`port ${from} is in use by ${holderOf(from)}: port ${to} is taken instead`);

const ownerRole = 'plumbline_owner';
const databaseName = 'plumbline';

/** The console's own PostgreSQL: on loopback with passwords, its data in the state folder. */
export async function startConsoleDatabase(
  programs: PostgresPrograms,
  state: LocalState,
  progress: Progress,
): Promise<{ server: RunningServer; ownerUrl: string }> {
  const dataDirectory = `${state.folder('console')}/data`;
  await endLeftover(dataDirectory);
  const port = await state.freePort('console', 15_432, sayMoved(progress));
  await ensureCluster(programs, dataDirectory, {
    user: state.user,
    password: state.secrets.consoleSuperuser,
    settings: {
      shared_buffers: '128MB',
      max_connections: 100,
      timezone: 'UTC',
      log_line_prefix: '%m [%p] %q%u@%d %a ',
      cluster_name: 'plumbline-console',
    },
  });
  const server = await startServer({
    programs: sameMajor(programs, dataDirectory),
    dataDirectory,
    socketDirectory: state.socketDirectory,
    port,
    user: state.user,
    logFile: `${state.folder('logs')}/console-database.log`,
    deadlineMs: 120_000,
  });
  const superuserUrl = loopbackUrl(port, 'postgres', state.secrets.consoleSuperuser, 'postgres');
  await withSession(superuserUrl, async (session) => {
    await ensureRole(session, ownerRole, state.secrets.consoleOwner, 'createrole');
    await ensureDatabase(session, databaseName, ownerRole);
  });
  return { server, ownerUrl: loopbackUrl(port, ownerRole, state.secrets.consoleOwner, databaseName) };
}

/** A data directory is tied to a major version; a newer one found later must not be tried on it. */
function sameMajor(programs: PostgresPrograms, dataDirectory: string): PostgresPrograms {
  const major = Number(readFileSync(`${dataDirectory}/PG_VERSION`, 'utf8').trim());
  if (major === programs.major) return programs;
  throw new PlumblineError(
    'conflict',
    `${dataDirectory} was made by PostgreSQL ${major}, not ${programs.major}.`,
    {
      next: `Set PLUMBLINE_PG_BIN to the folder of PostgreSQL ${major}’s programs, or give a new folder with --state.`,
    },
  );
}

/** The console's own Redis. It may lose everything at any time: PostgreSQL decides, Redis wakes. */
export async function startConsoleRedis(
  program: string,
  state: LocalState,
  progress: Progress,
): Promise<{ url: string } & Stoppable> {
  const port = await state.freePort('redis', 16_379, sayMoved(progress));
  const server = await startRedisServer({
    program,
    directory: state.folder('redis'),
    port,
    password: state.secrets.redis,
    user: state.user,
    logFile: `${state.folder('logs')}/redis.log`,
  });
  return { url: `redis://:${state.secrets.redis}@127.0.0.1:${port}`, stop: () => server.stop() };
}
