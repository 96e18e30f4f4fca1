// Builds what plain node and next run: bundles in dist/, pages in .next/. Each is skipped while its sources are
// what they were; the fingerprint is of contents, since a fresh clone has new times.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Bundle name → its source. Packages stay outside: node finds them in node_modules. */
const entries = {
  start: 'lib/local/start.ts',
  test: 'lib/local/test.ts',
  bench: 'lib/local/bench/bench.ts',
  screenshots: 'lib/local/screenshots/screenshots.ts',
  'demo-load': 'lib/local/demo/load.ts',
  worker: 'workers/index.ts',
  guard: 'workers/guard/index.ts',
  web: 'lib/http/serve-main.ts',
  cli: 'lib/cli/index.ts',
  migrate: 'migrations/run.ts',
  'dump-console': 'lib/local/console/dump-main.ts',
  'restore-console': 'lib/local/console/come-back-main.ts',
};

/** Files that run as they are and that a bundle finds beside itself. */
const copied = ['lib/local/reaper-process.mjs'];

/** Neither tests nor what is generated. @param {string} folder @returns {string[]} */
function filesUnder(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !/\.test\.tsx?$|\.gen\.ts$|descriptors\.json$/.test(file))
    .sort();
}

/** @param {string[]} folders @param {string[]} files */
function fingerprint(folders, files) {
  const hash = createHash('sha256').update(process.versions.node);
  const single = files.map((file) => join(root, file)).filter((file) => existsSync(file));
  for (const file of [...folders.flatMap(filesUnder), ...single])
    hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest('hex');
}

/** @param {string} stamp @param {string} now */
function isStamped(stamp, now) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === now;
}

/** Registry and bundles. True when something was built. */
export async function buildBundles() {
  const dist = join(root, 'dist');
  const stamp = join(dist, '.fingerprint');
  const now = fingerprint(['lib', 'workers', 'migrations'], ['package-lock.json', 'tsconfig.json']);
  if (isStamped(stamp, now)) return false;
  const { generateRegistry } = await import('../registry/generate.mjs');
  await generateRegistry();
  const { build, stop } = await import('esbuild');
  rmSync(stamp, { force: true });
  mkdirSync(dist, { recursive: true });
  await build({
    entryPoints: Object.entries(entries).map(([out, source]) => ({ in: join(root, source), out })),
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20.9',
    format: 'esm',
    packages: 'external',
    alias: { '@': root },
    sourcemap: true,
    logLevel: 'warning',
    // The check of which file is the program (import.meta.url) stays true per bundle: nothing is split.
    splitting: false,
  });
  // Its service process would live as long as we do.
  await stop();
  for (const file of copied)
    copyFileSync(join(root, file), join(dist, file.slice(file.lastIndexOf('/') + 1)));
  writeFileSync(stamp, now);
  return true;
}

/**
 * The pages, by `next build`. `distDir` is another folder than .next for tests. True when something was built.
 * @param {{ run(program: string, args: string[], env?: Record<string, string>): Promise<unknown>, distDir?: string }} options
 */
export async function buildPages({ run, distDir = '.next' }) {
  const stamp = join(root, distDir, '.plumbline-fingerprint');
  const now = fingerprint(
    ['app', 'components', 'lib', 'public'],
    ['next.config.mjs', 'proxy.ts', '.postcssrc.json', 'tsconfig.json', 'package-lock.json'],
  );
  if (isStamped(stamp, now)) return false;
  await run(process.execPath, [join(root, 'node_modules/next/dist/bin/next'), 'build'], {
    NEXT_TELEMETRY_DISABLED: '1',
    NODE_ENV: 'production',
    PLUMBLINE_DIST_DIR: distDir,
  });
  writeFileSync(stamp, now);
  return true;
}
