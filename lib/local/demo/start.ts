import { demoDatabases, ensureDemoDatabases } from '@/lib/local/demo/databases';
import { type DemoServers, startDemoServers } from '@/lib/local/demo/servers';
import type { LocalState } from '@/lib/local/state';
import { type Supervised, supervise } from '@/lib/local/supervisor';
import type { PostgresPrograms } from '@/lib/tools/programs';

export interface Demo {
  servers: DemoServers;
  /** Databases that were made and filled now. */
  made: string[];
}

/** Starts both servers of the demo fleet and fills its databases at the first start. */
export async function startDemo(programs: PostgresPrograms, state: LocalState): Promise<Demo> {
  const servers = await startDemoServers(programs, state);
  const made = await ensureDemoDatabases(state, servers.primary.port);
  return { servers, made };
}

/** Starts the demo's applications: a small steady load, so that there is something to watch. */
export async function startDemoLoad(
  root: string,
  state: LocalState,
  demo: Demo,
  onEvent: (text: string) => void,
): Promise<Supervised> {
  const ports = [demo.servers.primary.port, demo.servers.standby.port];
  return supervise({
    name: `demo load on ${demoDatabases.join(', ')}`,
    argv: [process.execPath, '--enable-source-maps', `${root}/dist/demo-load.mjs`],
    cwd: '/',
    env: {
      DEMO_PORTS: ports.join(','),
      DEMO_PASSWORD: state.secrets.demoApplication,
      DEMO_ARCHIVE: state.folder('demo/archive'),
    },
    logFile: `${state.folder('logs')}/demo-load.log`,
    graceMs: 2_000,
    onEvent,
  });
}
