import { messageOf, PlumblineError } from '@/lib/base/errors';
import { keyFile, startWeb, startWorker, waitForWeb } from '@/lib/local/applications';
import { requireFreePort } from '@/lib/local/busy-port';
import { startConsoleDumps } from '@/lib/local/console/dump-timer';
import { mayHaveDemo, startFrom } from '@/lib/local/console/start-from';
import {
  type ConsoleUrls,
  roleUrls,
  startConsoleDatabase,
  startConsoleRedis,
} from '@/lib/local/console-servers';
import { startFirstBackup } from '@/lib/local/demo/first-backup';
import { registerDemo } from '@/lib/local/demo/register';
import { startDemo, startDemoLoad } from '@/lib/local/demo/start';
import { readStartOptions, type StartOptions } from '@/lib/local/options';
import { configDirectory, ensurePeople, withStore } from '@/lib/local/people';
import { findPrerequisites } from '@/lib/local/prerequisites';
import { box, createProgress, type LaunchContext, type Progress } from '@/lib/local/progress';
import { startReaper } from '@/lib/local/reaper';
import { createShutdown, type Shutdown, waitForEnd } from '@/lib/local/shutdown';
import { type LocalState, openState } from '@/lib/local/state';
import { ensureKeyFile } from '@/lib/secrets/key-file';
import { registerWorkerKey } from '@/lib/store/worker-keys';
import { migrate } from '@/migrations/migrate';

/**
 * `npm start` after packages and build: databases, keys, demo, web and worker, until Ctrl-C. Returns the exit code.
 */
export async function main(args: string[], context: LaunchContext): Promise<number> {
  const progress = createProgress(context);
  const end = waitForEnd(context.watchParent);
  const shutdown = createShutdown((error) => progress.note(messageOf(error)));
  let code = 0;
  try {
    const options = readStartOptions(args, context.root);
    // From here on nothing of ours survives us, kill -9 included.
    startReaper(10_000);
    const ended = await Promise.race([
      start(options, context.root, progress, shutdown).then(() => undefined),
      end,
    ]);
    const why = ended ?? (await end);
    process.stdout.write(`\nStopping (${why}) …\n`);
  } catch (error) {
    process.stderr.write(`\n${messageOf(error)}\n`);
    if (error instanceof PlumblineError) process.stderr.write(error.next ? `${error.next}\n` : '');
    else if (error instanceof Error) process.stderr.write(`${error.stack}\n`);
    code = 1;
  }
  await shutdown.all();
  if (code === 0) process.stdout.write('Stopped.\n');
  process.exit(code);
}

async function start(
  options: StartOptions,
  root: string,
  progress: Progress,
  shutdown: Shutdown,
): Promise<void> {
  const onEvent = (text: string) => process.stdout.write(`${new Date().toISOString()} ${text}\n`);
  const address = `http://${options.host === '0.0.0.0' ? '127.0.0.1' : options.host}:${options.port}`;
  await requireFreePort(
    options.port,
    options.host,
    'the page',
    'Choose another one: npm start -- --port 3001',
  );

  progress.step('Programs');
  const programs = await findPrerequisites(progress, !options.redisUrl);
  const state = openState(options.stateDirectory);

  progress.step('Console database');
  const urls = await openConsoleDatabase(options, programs.postgres, state, shutdown, progress);
  const { from } = options;
  if (from) await startFrom({ ...options, from }, state, urls.ownerUrl, programs.postgres, progress);
  const done = await migrate(urls.ownerUrl, {
    webPassword: state.secrets.consoleWeb,
    workerPassword: state.secrets.consoleWorker,
  });
  progress.note(done.length > 0 ? `migrated: ${done.join(', ')}` : 'up to date');

  progress.step('Redis');
  const redisUrl = options.redisUrl ?? (await openRedis(programs.redisServer, state, shutdown, progress));

  progress.step('Keys and administrator');
  const key = await ensureKeyFile(keyFile(state));
  await withStore(urls.workerUrl, (db) => registerWorkerKey(db, key));
  const administrator = await ensurePeople(urls.webUrl, address);
  progress.note(`command line: address and token in ${configDirectory()}`);

  const afterStart: (() => void)[] = [];
  if (options.demo && !mayHaveDemo(state)) {
    progress.step('Demo fleet');
    progress.note('none: this console came back from a dump, its fleet is the one in it');
  } else if (options.demo) {
    progress.step('Demo fleet');
    const demo = await startDemo(programs.postgres, state);
    await shutdown.add('servers', demo.servers.standby.running);
    await shutdown.add('servers', demo.servers.primary.running);
    if (demo.made.length > 0) progress.note(`made ${demo.made.join(', ')}`);
    await shutdown.add('applications', await startDemoLoad(root, state, demo, onEvent));
    afterStart.push(() => startFirstBackup(urls.webUrl, state, demo, onEvent));
    const isNew = await registerDemo(urls.webUrl, state, demo, options.databaseUrl);
    progress.note(isNew ? 'added as the cluster “demo”' : 'registered before');
  }

  const application = { root, state, urls, onEvent };
  const { ownerUrl } = urls;
  const dumps = { ownerUrl, folder: options.dumpsDirectory, keyFile: keyFile(state), onEvent };
  await shutdown.add('applications', startConsoleDumps(dumps));
  progress.step('Worker');
  await shutdown.add('applications', await startWorker(application, redisUrl));
  progress.step('Web');
  await shutdown.add(
    'applications',
    await startWeb(application, { host: options.host, port: options.port, address }),
  );
  await waitForWeb(address, `${state.folder('logs')}/web.log`);
  for (const act of afterStart) act();
  process.stdout.write(welcome(address, state, options.dumpsDirectory, administrator));
}

function welcome(
  address: string,
  state: LocalState,
  dumpsDirectory: string,
  administrator: { email: string; password: string } | null,
): string {
  const account = administrator
    ? [
        `Sign in as   ${administrator.email}`,
        `Password     ${administrator.password}`,
        '',
        'Shown this once; it must be changed at the first sign-in.',
      ]
    : ['Sign in with your own account.'];
  return `\n${box([`Plumbline    ${address}`, '', ...account])}
Data, keys and logs: ${state.directory}
Dumps of the console itself: ${dumpsDirectory}; keep ${keyFile(state)} apart from them.
Ctrl-C stops all of it.\n`;
}

async function openConsoleDatabase(
  options: StartOptions,
  programs: Parameters<typeof startConsoleDatabase>[0],
  state: LocalState,
  shutdown: Shutdown,
  progress: Progress,
): Promise<ConsoleUrls> {
  if (options.databaseUrl) return roleUrls(options.databaseUrl, state);
  const { server, ownerUrl } = await startConsoleDatabase(programs, state, progress);
  await shutdown.add('console', server);
  return roleUrls(ownerUrl, state);
}

async function openRedis(
  program: string,
  state: LocalState,
  shutdown: Shutdown,
  progress: Progress,
): Promise<string> {
  const redis = await startConsoleRedis(program, state, progress);
  await shutdown.add('servers', redis);
  return redis.url;
}
