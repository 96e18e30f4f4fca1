import { newId } from '@/lib/base/ids';
import type { FindMeasured } from '@/lib/engine/bloat-measured';
import type { AnyCheck, CheckRow, Level } from '@/lib/engine/define-check';
import { type CheckMemory, type Observation, observe } from '@/lib/engine/observe';
import { connectInstance, type InstanceSession } from '@/lib/instance/connect';
import { readFacts } from '@/lib/instance/facts';
import { type CheckAnswer, runCheck } from '@/lib/instance/run-check';
import { checks } from '@/lib/registry/checks.gen';
import type { TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';
import { sourceMakers } from '@/workers/collector/sources/index';
import type { SourceDeps } from '@/workers/collector/sources/source';

export const watchUser = 'plumbline_watch';
const watchPassword = 'watch-password';
/** The login that `makeWatchLogin` makes, as a form gives it. */
export const watchLogin = { purpose: 'watch', user: watchUser, password: watchPassword } as const;

/** A session of a test server, as the superuser unless another login is given. */
export function openSession(
  server: TestPostgres,
  options: { database?: string; user?: string; password?: string } = {},
): Promise<InstanceSession> {
  return connectInstance({
    host: server.host,
    port: server.port,
    database: options.database ?? 'postgres',
    tlsMode: 'disable',
    user: options.user ?? 'postgres',
    password: options.password ?? server.password,
    applicationName: options.user === watchUser ? 'plumbline' : 'test',
  });
}

/** Runs statements as the superuser, each by itself; unqualified names are in `public`. */
export async function sqlOn(server: TestPostgres, database: string, ...statements: string[]): Promise<void> {
  const session = await openSession(server, { database });
  try {
    await session.query('set search_path to public');
    for (const statement of statements) await session.query(statement);
  } finally {
    await session.close();
  }
}

/** Makes the watch login as its GRANT script does: pg_monitor and nothing else. */
export async function makeWatchLogin(server: TestPostgres): Promise<void> {
  await sqlOn(
    server,
    'postgres',
    `create role ${watchUser} login password '${watchPassword}' in role pg_monitor`,
  );
}

export interface Watched {
  answer: CheckAnswer;
  state: CheckAnswer['state'];
  reason: string | undefined;
  mend: string | null | undefined;
  rows: CheckRow[];
  /** What is not well now. */
  findings: { object: string; judged: string; level: Level; sentence: string; row: CheckRow }[];
  closed: string[];
  samples: Observation['samples'];
}

export interface RunOptions {
  afterSeconds?: number;
  older?: Record<string, number>;
  peers?: Record<string, CheckRow[]>;
  measured?: FindMeasured;
}

export interface CheckWatcher {
  /**
   * Runs the check once with the watch login alone and judges it. `afterSeconds` is how much later than the last run
   * it counts as: what must hold for minutes is judged without waiting for them. `older` adds seconds to columns that
   * hold an age, for the same reason.
   */
  run(options?: RunOptions): Promise<Watched>;
  close(): Promise<void>;
}

export function checkOf(checkId: string): AnyCheck {
  const check = checks[checkId];
  if (!check) throw new Error(`there is no check ${checkId}`);
  return check;
}

/** Watches a test server by one check as the collector does, remembering from run to run. */
export async function watchWith(
  checkId: string,
  server: TestPostgres,
  options: {
    database?: string;
    user?: string;
    password?: string;
    /** For sources that look something up: the store they have, and for which instance. */
    source?: { deps: SourceDeps; instanceId: string };
  } = {},
): Promise<CheckWatcher> {
  const check = checkOf(checkId);
  const session = await openSession(server, { user: watchUser, password: watchPassword, ...options });
  const database = check.target === 'database' ? (options.database ?? 'postgres') : '';
  // A source without the store: what it would look up there is not known.
  const source =
    check.rowsFrom === undefined ? undefined : sourceMakers[check.rowsFrom]?.(options.source?.deps);
  let memory: CheckMemory = { states: new Map() };
  let shifted = 0;
  return {
    close: () => session.close(),
    run: async ({ afterSeconds = 0, older = {}, peers = {}, measured } = {}) => {
      shifted += afterSeconds;
      const facts = await readFacts(session);
      const asked = await source?.collect({
        checkId,
        session,
        surroundings: facts,
        instanceId: options.source?.instanceId ?? newId(),
        timeoutMs: check.timeoutMs ?? 5_000,
      });
      const answer = asked?.answer ?? (await runCheck(session, check, facts));
      if (answer.state !== 'ok') {
        const { state, reason, mend } = answer;
        return { answer, state, reason, mend, rows: [], findings: [], closed: [], samples: [] };
      }
      const observed = observe({
        check,
        rows: answer.rows.map((row) => aged(row, older)),
        memory,
        serverEpoch: answer.serverEpoch + shifted,
        steadySeconds: performance.now() / 1000 + shifted,
        peers,
        measured,
        context: { instance: 'db1', cluster: 'shop', database },
      });
      memory = observed.memory;
      asked?.commit?.();
      const { rows, samples, closed, verdicts } = observed;
      return {
        answer,
        state: 'ok',
        reason: undefined,
        mend: undefined,
        rows,
        findings: verdicts,
        closed,
        samples,
      };
    },
  };
}

function aged(row: CheckRow, older: Record<string, number>): CheckRow {
  const later = { ...row };
  for (const [name, seconds] of Object.entries(older)) {
    const value = row[name];
    if (typeof value === 'number') later[name] = value + seconds;
  }
  return later;
}

/**
 * Does work in a database that its statistics are to show at once: a backend tells of its counters only now and then
 * unless it is asked to (PostgreSQL documentation, 28.2.2).
 */
export async function work(server: TestPostgres, database: string, ...statements: string[]): Promise<void> {
  await sqlOn(server, database, ...statements, 'select pg_stat_force_next_flush()');
}

/** Runs a check until what it saw is as wanted; gives that. */
export async function runUntil(
  watcher: CheckWatcher,
  isWanted: (seen: Watched) => boolean,
  what: string,
): Promise<Watched> {
  let seen = await watcher.run();
  await until(async () => {
    if (isWanted(seen)) return true;
    seen = await watcher.run();
    return isWanted(seen);
  }, what);
  return seen;
}

/** Runs a check once, as `watchWith` does. */
export async function runCheckOnce(
  checkId: string,
  server: TestPostgres,
  options: { database?: string } = {},
): Promise<Watched> {
  const watcher = await watchWith(checkId, server, options);
  try {
    return await watcher.run();
  } finally {
    await watcher.close();
  }
}
