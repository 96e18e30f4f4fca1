// What `npm start`, `npm test` and `npm run build` run first. Plain JavaScript without dependencies: on a fresh
// clone nothing is installed yet. It installs packages, builds, and goes on in what it built.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const oldestNode = [20, 9];

const startHelp = `npm start -- [options]

  --no-demo        leave the demo fleet out
  --state DIR      keep databases, keys and backups here (default: /var/lib/plumbline as root,
                   else $XDG_STATE_HOME/plumbline or ~/.local/state/plumbline)
  --host HOST      address that the page listens on (default 127.0.0.1)
  --port PORT      port of the page (default 3000)
  --from DUMP      come back from a dump of the console itself, into an empty state folder
    --key FILE     the workers' key file that belongs to it (kept apart from the dumps)
    --without-key  come back without it: every stored password must be entered again
    --replace      where a console is already: set it aside under another name
  --help           this text

  PLUMBLINE_CONSOLE_DUMPS   where the console is dumped to each night (default: the state folder's
                            name with -dumps)
  DATABASE_URL     a console database of your own, as its owner
  REDIS_URL        a Redis of your own`;

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();

/** Ends what we have started; a child is a group of its own, so that its children end too. */
function endChildren() {
  for (const child of children) {
    try {
      process.kill(-(/** @type {number} */ (child.pid)), 'SIGTERM');
    } catch {
      // It has ended by itself.
    }
  }
}

/** Runs one program to its end; when it does not exit with 0, what it said is in the error. */
function run(
  /** @type {string} */ program,
  /** @type {string[]} */ args,
  /** @type {Record<string, string>} */ env = {},
) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...env },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said += chunk;
      });
    }
    children.add(child);
    child.once('error', reject);
    child.once('close', (code) => {
      children.delete(child);
      if (code === 0) resolve(undefined);
      else reject(new Error(`${said}\n${program} ${args.join(' ')} ended with code ${code}`));
    });
  });
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = oldestNode;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return;
  console.error(
    `Plumbline needs Node.js ${oldestNode.join('.')} or newer; this is ${process.versions.node}.`,
  );
  process.exit(1);
}

/** `npm ci`, skipped while the lock file and the kind of machine are those of the last install. */
async function installPackages() {
  const stamp = join(root, 'node_modules', '.plumbline-install');
  const lock = readFileSync(join(root, 'package-lock.json'));
  const machine = `${process.platform}-${process.arch}-${process.versions.modules}`;
  const fingerprint = createHash('sha256').update(lock).update(machine).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return false;
  // Build tools are development dependencies; NODE_ENV=production around us must not leave them out.
  await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, fingerprint);
  return true;
}

function say(/** @type {string} */ text) {
  process.stdout.write(`${text}\n`);
}

async function main() {
  const [command = 'start', ...args] = process.argv.slice(2);
  checkNode();
  if (command === 'start' && args.includes('--help')) return say(startHelp);
  const { watchParent } = await import('./parent-watch.mjs');
  const stop = () => {
    endChildren();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  const unwatch = watchParent(stop);
  const total = command === 'start' ? (args.includes('--no-demo') ? 8 : 9) : 0;
  const step = (/** @type {number} */ number, /** @type {string} */ text) =>
    say(total ? `${number}/${total} ${text}` : text);

  step(1, 'Packages');
  const startedAt = Date.now();
  const seconds = () => ((Date.now() - startedAt) / 1000).toFixed(0);
  const installed = await installPackages();
  say(installed ? `    installed after ${seconds()} s` : '    as they were');
  step(2, 'Build');
  const { buildBundles, buildPages } = await import('./build.mjs');
  const bundled = await buildBundles();
  const built = command === 'test' ? false : await buildPages({ run });
  say(bundled || built ? `    done after ${seconds()} s` : '    as it was');
  // From here the started program watches signals and the parent itself.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, stop);
  unwatch();
  if (command === 'build') return;
  process.setSourceMapsEnabled(true);
  const program = await import(pathToFileURL(join(root, 'dist', `${command}.mjs`)).href);
  process.exitCode = await program.main(args, { firstStep: 3, totalSteps: total, root, watchParent });
}

main().catch((error) => {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exit(1);
});
