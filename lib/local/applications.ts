import { get } from 'node:http';
import { hostname } from 'node:os';
import { PlumblineError } from '@/lib/base/errors';
import type { ConsoleUrls } from '@/lib/local/console-servers';
import type { LocalState } from '@/lib/local/state';
import { type Supervised, supervise } from '@/lib/local/supervisor';

interface Application {
  root: string;
  state: LocalState;
  urls: ConsoleUrls;
  onEvent(text: string): void;
}

/** Variables of ours that a person may set around `npm start` and that reach the processes unchanged. */
const passedOn = [
  'LOG_LEVEL',
  'PLUMBLINE_DIST_DIR',
  'NODE_EXTRA_CA_CERTS',
  'PLUMBLINE_PG_BIN',
  'PLUMBLINE_WORKER_NAME',
  'PLUMBLINE_RESTORE_ROOTS',
  'PLUMBLINE_TRUSTED_PROXIES',
  'PLUMBLINE_LEASE_SECONDS',
  'PLUMBLINE_BEAT_SECONDS',
  'PLUMBLINE_RECONCILE_SECONDS',
];

function passed(): Record<string, string> {
  const entries = passedOn.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The web process: it gets its own database role, no key and no Redis. */
export async function startWeb(
  application: Application,
  options: { host: string; port: number; address: string },
): Promise<Supervised> {
  const { root, state, urls } = application;
  return supervise({
    name: 'web',
    argv: [process.execPath, '--enable-source-maps', `${root}/dist/web.mjs`],
    cwd: root,
    env: {
      ...passed(),
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      DATABASE_URL: urls.webUrl,
      NEXTAUTH_SECRET: state.secrets.session,
      NEXTAUTH_URL: options.address,
      HOSTNAME: options.host,
      PORT: String(options.port),
    },
    logFile: `${state.folder('logs')}/web.log`,
    graceMs: 5_000,
    onEvent: application.onEvent,
  });
}

/** Where the workers' secret key is; made before the first worker starts. */
export function keyFile(state: LocalState): string {
  return `${state.folder('keys', false)}/worker.key`;
}

export async function startWorker(application: Application, redisUrl: string): Promise<Supervised> {
  const { root, state, urls } = application;
  return supervise({
    name: 'worker',
    argv: [process.execPath, '--enable-source-maps', `${root}/dist/worker.mjs`],
    cwd: '/',
    env: {
      ...passed(),
      NODE_ENV: 'production',
      DATABASE_URL: urls.workerUrl,
      REDIS_URL: redisUrl,
      PLUMBLINE_KEY_FILE: keyFile(state),
      // Servers that run beside it are on its own machine: it may look at processors, memory and disks for them.
      PLUMBLINE_HOSTS: ['localhost', '127.0.0.1', '::1', hostname()].join(','),
      PLUMBLINE_WORK_DIR: state.folder('work'),
      PLUMBLINE_REPOSITORY_DIR: state.folder('repository'),
      // Beside the state folder: who loses that one needs them.
      PLUMBLINE_SHEETS_DIR: process.env.PLUMBLINE_SHEETS_DIR || `${state.directory}-emergency`,
      ...(state.user ? { PLUMBLINE_TOOL_USER: state.user } : {}),
    },
    logFile: `${state.folder('logs')}/worker.log`,
    // A worker drains: it ends its steps at an edge before it goes.
    graceMs: 15_000,
    onEvent: application.onEvent,
  });
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: 5_000 }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 500);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

/** Waits until the page answers. Fails when the web process does not within `deadlineMs`. */
export async function waitForWeb(address: string, logFile: string, deadlineMs = 60_000): Promise<void> {
  const until = Date.now() + deadlineMs;
  while (!(await answers(`${address}/api/health`))) {
    if (Date.now() > until) {
      throw new PlumblineError('timed-out', `The web process does not answer at ${address}.`, {
        next: `Read its log: ${logFile}`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
