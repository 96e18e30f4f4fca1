import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { requireFreePort } from '@/lib/local/busy-port';
import { endLeftover, ensureCluster } from '@/lib/local/console-servers';
import { demoArchiveCommand, ensureDemoStanza } from '@/lib/local/demo/archive';
import { type DemoTls, ensureDemoTls } from '@/lib/local/demo/tls';
import { ensureRole, loopbackUrl, withSession } from '@/lib/local/sql';
import type { LocalState } from '@/lib/local/state';
import { giveTo, removeTree } from '@/lib/tools/files';
import { type RunningServer, startServer } from '@/lib/tools/postgres';
import { runToolOrFail } from '@/lib/tools/process';
import { type PostgresPrograms, programPath } from '@/lib/tools/programs';

const slotName = 'demo_standby';

/** One of the two servers of the demo; which of them is primary may change by a failover. */
export interface DemoServer {
  name: 'demo-one' | 'demo-two';
  port: number;
  dataDirectory: string;
  running: RunningServer;
}

export interface DemoServers {
  primary: DemoServer;
  standby: DemoServer;
  tls: DemoTls;
  /** Its WAL goes into a stanza of pgBackRest. */
  hasStanza: boolean;
}

/** A URL of the superuser of a demo server. */
export function demoUrl(state: LocalState, port: number, database = 'postgres'): string {
  return loopbackUrl(port, 'postgres', state.secrets.demoSuperuser, database);
}

/**
 * Starts a primary and a streaming standby. After a failover the former standby is the primary, and a primary that
 * was left behind is made anew as its standby: two servers that both write would be two clusters. So is a standby that
 * does not start.
 */
export async function startDemoServers(programs: PostgresPrograms, state: LocalState): Promise<DemoServers> {
  const folder = state.folder('demo');
  const tls = await ensureDemoTls(state.folder('demo/tls'), state.user);
  // A port may move until somebody knows it: the standby the primary's, the console those of a registered demo.
  const portOf = (name: DemoServer['name'], first: number, isKnown: boolean) =>
    isKnown ? state.port(name, first) : state.freePort(name, first, () => undefined);
  const isRegistered = existsSync(`${folder}/registered`);
  const hasStandby = isRegistered || existsSync(`${folder}/two`);
  const places = {
    'demo-one': { dataDirectory: `${folder}/one`, port: await portOf('demo-one', 15_441, hasStandby) },
    'demo-two': { dataDirectory: `${folder}/two`, port: await portOf('demo-two', 15_442, isRegistered) },
  };
  for (const [name, { dataDirectory, port }] of Object.entries(places)) {
    await endLeftover(dataDirectory);
    const remedy = `Stop what uses port ${port}, start with --no-demo, or give another folder with --state.`;
    await requireFreePort(port, '127.0.0.1', `the demo server ${name}`, remedy);
  }
  const isPromoted =
    existsSync(places['demo-two'].dataDirectory) && !isStandby(places['demo-two'].dataDirectory);
  const primaryName = isPromoted ? 'demo-two' : 'demo-one';
  const standbyName = isPromoted ? 'demo-one' : 'demo-two';
  const start = async (name: DemoServer['name']): Promise<DemoServer> => ({
    name,
    ...places[name],
    running: await startServer({
      programs,
      ...places[name],
      socketDirectory: state.socketDirectory,
      user: state.user,
      settings: { cluster_name: name, archive_command: demoArchiveCommand(state, places[name]) },
      logFile: `${state.folder('logs')}/${name}.log`,
      deadlineMs: 120_000,
    }),
  });

  if (!isPromoted) await makePrimary(programs, state, places['demo-one'].dataDirectory, tls);
  const hasStanza = await ensureDemoStanza(state, places[primaryName]);
  const primary = await start(primaryName);
  const standbyDirectory = places[standbyName].dataDirectory;
  await prepareReplication(state, primary.port);
  if (!existsSync(standbyDirectory) || !isStandby(standbyDirectory)) {
    await makeStandby(programs, state, primary, standbyName, standbyDirectory);
  }
  try {
    return { primary, standby: await start(standbyName), tls, hasStanza };
  } catch {
    // It cannot follow this primary any more, as after a restore of that one: nothing of it is worth keeping.
    await makeStandby(programs, state, primary, standbyName, standbyDirectory);
    return { primary, standby: await start(standbyName), tls, hasStanza };
  }
}

function isStandby(dataDirectory: string): boolean {
  return existsSync(`${dataDirectory}/standby.signal`);
}

async function makePrimary(
  programs: PostgresPrograms,
  state: LocalState,
  dataDirectory: string,
  tls: DemoTls,
): Promise<void> {
  await ensureCluster(programs, dataDirectory, {
    user: state.user,
    password: state.secrets.demoSuperuser,
    settings: {
      shared_buffers: '64MB',
      max_connections: 60,
      wal_level: 'replica',
      hot_standby_feedback: true,
      max_slot_wal_keep_size: '512MB',
      max_wal_size: '512MB',
      archive_mode: true,
      archive_timeout: '120s',
      shared_preload_libraries: 'pg_stat_statements',
      track_io_timing: true,
      log_min_duration_statement: '1s',
      log_line_prefix: '%m [%p] %q%u@%d %a ',
      timezone: 'UTC',
      ssl: true,
      ssl_cert_file: tls.certificateFile,
      ssl_key_file: tls.keyFile,
    },
  });
}

/** The role and the slot that the standby streams with. */
async function prepareReplication(state: LocalState, primaryPort: number): Promise<void> {
  await withSession(demoUrl(state, primaryPort), async (session) => {
    await ensureRole(session, 'demo_replication', state.secrets.demoReplication, 'replication');
    await session.run(
      `select pg_create_physical_replication_slot('${slotName}')
       where not exists (select from pg_replication_slots where slot_name = '${slotName}')`,
    );
  });
}

async function makeStandby(
  programs: PostgresPrograms,
  state: LocalState,
  primary: DemoServer,
  name: string,
  dataDirectory: string,
): Promise<void> {
  const partial = `${dataDirectory}.new`;
  removeTree(partial);
  mkdirSync(partial, { mode: 0o700 });
  giveTo(partial, state.user);
  const address = loopbackUrl(primary.port, 'demo_replication', state.secrets.demoReplication, '');
  await runToolOrFail({
    argv: [
      programPath(programs, 'pg_basebackup'),
      `--pgdata=${partial}`,
      `--dbname=${address}?application_name=${name}`,
      '--checkpoint=fast',
      '--wal-method=stream',
      `--slot=${slotName}`,
      '--write-recovery-conf',
    ],
    user: state.user,
    deadlineMs: 300_000,
  });
  removeTree(dataDirectory);
  renameSync(partial, dataDirectory);
}
