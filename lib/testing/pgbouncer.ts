import { Client } from 'pg';
import { attachPooler } from '@/lib/commands/poolers';
import { meta } from '@/lib/testing/console';
import { type WatchedHost, watchedHost } from '@/lib/testing/host-kit';
import type { TestPostgres } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';
import { until } from '@/lib/testing/until';
import { writeSecretFile } from '@/lib/tools/files';
import { freePort, isPortFree } from '@/lib/tools/ports';
import { startTool } from '@/lib/tools/process';
import { findProgram } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

export interface TestPgBouncer {
  host: '127.0.0.1';
  port: number;
  /** Its configuration. */
  file: string;
  stop(): Promise<void>;
}

/**
 * A real PgBouncer before a test server, every database of it behind `*`. Users log in with SCRAM; their passwords are
 * given in the clear, so that it can log in to the server as them.
 */
export async function startPgBouncer(
  server: TestPostgres,
  options: {
    users: Record<string, string>;
    statsUsers?: readonly string[];
    settings?: Record<string, string | number>;
  },
): Promise<TestPgBouncer> {
  const program = findProgram('pgbouncer');
  if (!program) throw new Error('pgbouncer is not installed');
  const scratch = scratchDirectory('bouncer');
  const port = await freePort();
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: `${scratch.path}/users`,
    pool_mode: 'transaction',
    stats_users: (options.statsUsers ?? []).join(','),
    ...options.settings,
  };
  const user = toolUserName();
  const users = Object.entries(options.users).map(([name, password]) => `"${name}" "${password}"`);
  writeSecretFile(`${scratch.path}/users`, `${users.join('\n')}\n`, user);
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  writeSecretFile(
    `${scratch.path}/pgbouncer.ini`,
    `[databases]\n* = host=${server.host} port=${server.port}\n\n[pgbouncer]\n${lines.join('\n')}\n`,
    user,
  );
  const tool = await startTool({
    argv: [program, `${scratch.path}/pgbouncer.ini`],
    user,
    logFile: `${scratch.path}/log`,
    stopSignals: ['SIGINT'],
  });
  await until(async () => !(await isPortFree(port)), `PgBouncer (its log: ${scratch.path}/log)`);
  return {
    host: '127.0.0.1',
    port,
    file: `${scratch.path}/pgbouncer.ini`,
    stop: async () => {
      await tool.stop(2_000);
      scratch.remove();
    },
  };
}

export interface PooledHost extends WatchedHost {
  bouncer: TestPgBouncer;
  poolerId: string;
  /** A client of an application, through PgBouncer. */
  client(): Promise<Client>;
}

/** A watched server with a real PgBouncer before it that is attached by the command of the form. */
export async function pooledHost(settings: Record<string, string | number> = {}): Promise<PooledHost> {
  const host = await watchedHost();
  const { server, console, instanceId } = host;
  const users = { [server.superuser]: server.password, observer: 'observer-password' };
  const bouncer = await startPgBouncer(server, { users, statsUsers: ['observer'], settings });
  const { id: poolerId } = await attachPooler(
    console.webDb,
    console.actor,
    instanceId,
    {
      name: 'front',
      host: bouncer.host,
      port: bouncer.port,
      tlsMode: 'disable',
      user: 'observer',
      password: users.observer ?? '',
    },
    meta,
  );
  return {
    ...host,
    bouncer,
    poolerId,
    client: async () => {
      const client = new Client({
        host: bouncer.host,
        port: bouncer.port,
        user: server.superuser,
        password: server.password,
        database: 'postgres',
      });
      client.on('error', () => {});
      await client.connect();
      return client;
    },
    close: async () => {
      await bouncer.stop();
      await host.close();
    },
  };
}
