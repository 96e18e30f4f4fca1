// What `npm start`, `npm test` and `npm run build` run first. Plain JavaScript without dependencies: on a fresh
// clone nothing is installed yet. It installs packages, builds, and goes on in what it built.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const oldestNode = [20, 9];

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

/** Runs one program with our terminal; rejects when it does not exit with 0. */
function run(
  /** @type {string} */ program,
  /** @type {string[]} */ args,
  /** @type {Record<string, string>} */ env = {},
) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
      env: { ...process.env, ...env },
    });
    children.add(child);
    child.once('error', reject);
    child.once('exit', (code) => {
      children.delete(child);
      if (code === 0) resolve(undefined);
      else reject(new Error(`${program} ${args.join(' ')} ended with code ${code}`));
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
  const installed = await installPackages();
  say(installed ? '    installed' : '    as they were');
  step(2, 'Build');
  const { buildBundles, buildPages } = await import('./build.mjs');
  const bundled = await buildBundles();
  const built = command === 'test' ? false : await buildPages({ run });
  say(bundled || built ? '    done' : '    as it was');
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
