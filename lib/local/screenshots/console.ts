import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Progress } from '@/lib/local/progress';
import { startReaper } from '@/lib/local/reaper';
import { removeTree } from '@/lib/tools/files';
import { freePort } from '@/lib/tools/ports';

/** A running console whose pictures are taken. */
export interface PicturedConsole {
  address: string;
  email: string;
  password: string;
  /** Texts of this machine that no picture may show, and what stands in their place. */
  hide: Record<string, string>;
  stop(): Promise<void>;
}

/** The console that the environment names: PLUMBLINE_URL, PLUMBLINE_EMAIL, PLUMBLINE_PASSWORD. */
export function givenConsole(env: NodeJS.ProcessEnv): PicturedConsole | undefined {
  const { PLUMBLINE_URL: url, PLUMBLINE_EMAIL: email, PLUMBLINE_PASSWORD: password } = env;
  if (!url || !email || !password) return undefined;
  const address = new URL(url);
  return {
    address: address.origin,
    email,
    password,
    hide: {
      [address.host]: 'localhost:3000',
      [hostname()]: 'worker-1',
      ...(env.PLUMBLINE_STATE ? { [env.PLUMBLINE_STATE]: '/var/lib/plumbline' } : {}),
    },
    stop: async () => undefined,
  };
}

/** A start with its demo, in a folder that is removed at the end; minutes when nothing is built yet. */
export async function demoConsole(root: string, progress: Progress): Promise<PicturedConsole> {
  const state = `/tmp/plumbline-tour-${randomBytes(4).toString('hex')}`;
  const reaper = startReaper(15_000);
  reaper.ownDirectory(state);
  // The system user that servers run as must be able to pass it.
  mkdirSync(state, { mode: 0o711 });
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [`${root}/lib/local/bootstrap.mjs`, 'start', '--state', `${state}/state`, '--port', String(port)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      // The command line of whoever runs this keeps its own address and token.
      env: { ...process.env, XDG_CONFIG_HOME: `${state}/config`, PLUMBLINE_WORKER_NAME: 'worker-1' },
    },
  );
  const said = await saidUntilUp(child, progress);
  const password = /Password +(\S+)/.exec(said)?.[1];
  const email = /Sign in as +(\S+)/.exec(said)?.[1];
  if (!password || !email) throw new Error(`The start showed no password:\n${said}`);
  return {
    address: `http://127.0.0.1:${port}`,
    email,
    password,
    hide: {
      [`127.0.0.1:${port}`]: 'localhost:3000',
      [`${state}/state`]: '/var/lib/plumbline',
      [hostname()]: 'worker-1',
    },
    stop: async () => {
      child.kill('SIGINT');
      if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
      removeTree(state);
    },
  };
}

function saidUntilUp(child: ChildProcess, progress: Progress): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      for (const line of chunk.toString().split('\n')) {
        if (/^\d\/\d /.test(line)) progress.note(line);
      }
      if (said.includes('Ctrl-C stops all of it')) resolve(said);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => reject(new Error(`The start ended with code ${code}:\n${said}`)));
  });
}
