import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratchBase } from '@/lib/testing/scratch';
import { removeTree } from '@/lib/tools/files';
import { runTool, runToolOrFail } from '@/lib/tools/process';
import { findPostgresPrograms, findProgram, type PostgresPrograms, serverFor } from '@/lib/tools/programs';

/** What the product watches, and every check's SQL is run on. */
export const supportedMajors = [14, 15, 16, 17, 18] as const;

/** A package of its own: who runs `npm start` need not fetch servers that only tests use. */
const packageFolder = fileURLToPath(new URL('majors', import.meta.url));
const files = ['package.json', 'package-lock.json'];
const attempts = 3;

/**
 * The server programs of a major: the installed ones, else those of the test packages, which are fetched once per
 * machine. The packages hold initdb, pg_ctl, postgres and contrib; no client programs.
 *
 * @throws Error that says what to install where neither is to be had.
 */
export async function majorPrograms(major: number): Promise<PostgresPrograms> {
  const installed = serverFor(await findPostgresPrograms(), major);
  if (installed) return installed;
  const name = packageName(major);
  if (!(name in declaredPackages())) {
    throw new Error(
      `PostgreSQL ${major} is not installed, and there is no package of it for ${process.platform} on ${process.arch}: install postgresql-${major}.`,
    );
  }
  const directory = `${await installedPackages()}/node_modules/${name}/native/bin`;
  const told = await runToolOrFail({ argv: [`${directory}/postgres`, '--version'], deadlineMs: 30_000 });
  const version = /\(PostgreSQL\) ([.\w]+)/.exec(told.stdout)?.[1];
  if (!version) throw new Error(`${directory}/postgres tells no version: ${told.stdout}`);
  return { major, version, directory, hasServer: true };
}

function packageName(major: number): string {
  return `postgres-${major}-${process.platform}-${process.arch}`;
}

function declaredPackages(): Record<string, string> {
  const text = readFileSync(`${packageFolder}/package.json`, 'utf8');
  return (JSON.parse(text) as { optionalDependencies: Record<string, string> }).optionalDependencies;
}

/** Those of this machine's kind; npm leaves out the others. */
function wantedPackages(): string[] {
  const kind = `-${process.platform}-${process.arch}`;
  return Object.keys(declaredPackages()).filter((name) => name.endsWith(kind));
}

/** The folder with the packages, named by their lock file, where the servers' system user can reach it. */
async function installedPackages(): Promise<string> {
  const lock = readFileSync(`${packageFolder}/package-lock.json`);
  const hash = createHash('sha256').update(lock).digest('hex').slice(0, 16);
  const folder = `${scratchBase()}/majors-${hash}`;
  if (existsSync(folder)) return folder;
  // Made under another name and renamed, so that two test processes at once do no harm.
  const partial = `${folder}.${process.pid}.${randomBytes(3).toString('hex')}`;
  try {
    mkdirSync(partial, { mode: 0o755 });
    for (const file of files) copyFileSync(`${packageFolder}/${file}`, `${partial}/${file}`);
    await fetchPackages(partial);
    for (const name of wantedPackages()) linkLibraries(`${partial}/node_modules/${name}`);
    await runToolOrFail({ argv: ['chmod', '-R', 'a+rX', partial], deadlineMs: 60_000 });
    try {
      renameSync(partial, folder);
    } catch (error) {
      // Another test process was first.
      if (!existsSync(folder)) throw error;
    }
  } finally {
    removeTree(partial);
  }
  return folder;
}

/** Runs `npm ci`; again when the network failed, which npm takes for "not needed" where a package is optional. */
async function fetchPackages(folder: string): Promise<void> {
  const npm = findProgram('npm');
  if (!npm) throw new Error('npm is not in PATH: it fetches the PostgreSQL servers that tests start.');
  let words = '';
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const result = await runTool({
      argv: [
        npm,
        'ci',
        '--include=optional',
        '--ignore-scripts',
        '--prefer-offline',
        '--fetch-retries=2',
        '--fetch-retry-mintimeout=2000',
        '--fetch-retry-maxtimeout=8000',
        '--fetch-timeout=60000',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
      ],
      cwd: folder,
      env: networkEnvironment(),
      deadlineMs: 280_000,
    });
    const missing = wantedPackages().filter(
      (name) => !existsSync(`${folder}/node_modules/${name}/native/bin`),
    );
    if (result.exitCode === 0 && missing.length === 0) return;
    words = `${missing.join(', ')}: ${result.stderr.trim().slice(-600) || 'npm said nothing'}`;
  }
  throw new Error(
    `The PostgreSQL servers that tests start could not be fetched (${words}). They come from npm’s registry once per machine: see that it can be reached, then run the tests again.`,
  );
}

/** What npm needs of our environment to reach its registry: proxies, certificates, and its own settings. */
function networkEnvironment(): Record<string, string> {
  const wanted = /^(https?_proxy|no_proxy|all_proxy|npm_config_.*|node_extra_ca_certs|ssl_cert_file|home)$/i;
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => {
      return wanted.test(entry[0]) && entry[1] !== undefined;
    }),
  );
}

/**
 * npm packages can't hold symbolic links: the package lists those that its libraries need, and its install script,
 * which newer versions of npm hold back, would make them.
 */
function linkLibraries(folder: string): void {
  const list = `${folder}/native/pg-symlinks.json`;
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.resolve(folder, target);
    mkdirSync(path.dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(path.relative(path.dirname(link), path.resolve(folder, source)), link);
  }
}
