import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { scratchDirectory } from '@/lib/testing/scratch';
import { until } from '@/lib/testing/until';
import { freePort } from '@/lib/tools/ports';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What `npm start` does after packages and build, with the pages that were built for the tests. */
const program = `
  const { watchParent } = await import('${root}/lib/local/parent-watch.mjs');
  const { main } = await import('${root}/dist/start.mjs');
  await main(process.argv.slice(1), { firstStep: 1, totalSteps: 0, root: '${root}', watchParent });`;

interface Started {
  /** A shell that stands for whoever started us. */
  parent: ChildProcess;
  said(): string;
  exited: Promise<number | null>;
}

function start(scratch: string, args: string[]): Started {
  const script =
    '"$NODE" --enable-source-maps --input-type=module -e "$PROGRAM" -- "$@" & echo "start $!"; wait $!';
  const parent = spawn('sh', ['-c', script, 'sh', '--no-demo', '--state', `${scratch}/state`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE: process.execPath,
      PROGRAM: program,
      PLUMBLINE_DIST_DIR: process.env.PLUMBLINE_DIST_DIR ?? '.next-test',
      XDG_CONFIG_HOME: `${scratch}/config`,
    },
  });
  let text = '';
  for (const stream of [parent.stdout, parent.stderr]) {
    stream?.on('data', (chunk) => {
      text += chunk;
    });
  }
  const exited = new Promise<number | null>((resolve) => parent.once('exit', resolve));
  return { parent, said: () => text, exited };
}

/** Processes that name this folder on their command line or in their environment. */
function processesOf(folder: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
        return `${command}${environment}`.includes(folder) ? [{ pid: Number(pid), command }] : [];
      } catch {
        return [];
      }
    });
}

const isUp = (started: Started) => () => started.said().includes('Ctrl-C stops all of it');

test('a start comes up, restarts a dead worker, and nothing of it survives kill -9 or its parent', async () => {
  test.setTimeout(300_000);
  const scratch = scratchDirectory('start');
  const port = String(await freePort());
  const first = start(scratch.path, ['--port', port]);
  await until(isUp(first), 'the first start', 120_000);
  expect(first.said()).toMatch(/Sign in as +admin@localhost/);
  expect((await fetch(`http://127.0.0.1:${port}/api/health`)).status).toBe(200);
  const workers = () =>
    processesOf(scratch.path).filter(({ command }) => command.includes('dist/worker.mjs'));
  const [worker] = workers();
  process.kill(worker?.pid as number, 'SIGKILL');
  await until(
    () => first.said().includes('worker was ended by SIGKILL'),
    'the word of the worker’s end',
    30_000,
  );
  await until(() => workers().some(({ pid }) => pid !== worker?.pid), 'a second worker', 30_000);
  process.kill(Number(/start (\d+)/.exec(first.said())?.[1]), 'SIGKILL');
  await first.exited;
  await until(() => processesOf(scratch.path).length === 0, 'the end of all processes', 60_000);

  const second = start(scratch.path, ['--port', port]);
  await until(isUp(second), 'the second start', 120_000);
  // Nobody has signed in with the first one, which may never have been seen.
  const password = (said: string) => /Password +(\S+)/.exec(said)?.[1];
  expect(password(second.said())).toBeTruthy();
  expect(password(second.said())).not.toBe(password(first.said()));
  second.parent.kill('SIGKILL');
  await until(() => processesOf(scratch.path).length === 0, 'the end after that of the parent', 60_000);
  scratch.remove();
});

test('a busy port is named, and the start ends with an error', async () => {
  const scratch = scratchDirectory('start');
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const busy = start(scratch.path, ['--port', String(port)]);
  expect(await busy.exited).toBe(1);
  expect(busy.said()).toContain(`Port ${port}, needed for the page, is in use`);
  await new Promise((resolve) => server.close(resolve));
  scratch.remove();
});
