// Writes the registry from the catalogue folders: lists of code for workers (*.gen.ts). A definition's id is its
// file's name, so adding one is adding a file; nothing lists them by hand.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');

const catalogues = [
  { folder: 'checks', name: 'checks', type: 'AnyCheck', from: 'define-check' },
  { folder: 'jobs', name: 'jobs', type: 'AnyJob', from: 'define-job' },
  { folder: 'criteria', name: 'criteria', type: 'CriterionDefinition', from: 'define-criterion' },
];

/** @param {string} folder */
function idsIn(folder) {
  return readdirSync(join(root, 'lib', folder))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -3))
    .sort();
}

/** Writes only what differs, so that watchers and fingerprints stay quiet. */
function writeIfChanged(/** @type {string} */ path, /** @type {string} */ text) {
  let before = '';
  try {
    before = readFileSync(path, 'utf8');
  } catch {}
  if (before !== text) writeFileSync(path, text);
}

const identifier = (/** @type {string} */ id) =>
  id.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());

export async function generateRegistry() {
  mkdirSync(here, { recursive: true });
  /** @type {Record<string, string[]>} */
  const ids = {};
  for (const { folder, name, type, from } of catalogues) {
    const found = idsIn(folder);
    ids[name] = found;
    const imports = found.map((id) => `import ${identifier(id)} from '@/lib/${folder}/${id}';`);
    const rows = found.map((id) => `  '${id}': ${identifier(id)} as unknown as ${type},`);
    writeIfChanged(
      join(here, `${name}.gen.ts`),
      [
        `import type { ${type} } from '@/lib/engine/${from}';`,
        ...imports,
        '',
        `export const ${name}: Record<string, ${type}> = {`,
        ...rows,
        '};',
        '',
      ].join('\n'),
    );
  }
  const union = (/** @type {string[]} */ list) =>
    list.length ? list.map((id) => `'${id}'`).join(' | ') : 'never';
  writeIfChanged(
    join(here, 'ids.gen.ts'),
    [
      `export type CheckId = ${union(ids.checks ?? [])};`,
      `export type JobId = ${union(ids.jobs ?? [])};`,
      `export type CriterionId = ${union(ids.criteria ?? [])};`,
      '',
    ].join('\n'),
  );
  await writeDescriptors();
}

/**
 * Runs the catalogue once, bundled, and keeps what can be said about it without running it; beside it what the sources
 * of the workers ask, which the web shows and may not import.
 */
async function writeDescriptors() {
  const { build } = await import('esbuild');
  const { mkdtempSync, rmSync } = await import('node:fs');
  const folder = mkdtempSync(join(root, 'node_modules', '.plumbline-registry-'));
  try {
    await build({
      entryPoints: [join(here, 'describe.ts'), join(root, 'workers', 'collector', 'sources', 'asks.ts')],
      outdir: folder,
      entryNames: '[name]',
      outExtension: { '.js': '.mjs' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      alias: { '@': root },
      logLevel: 'error',
    });
    const made = (/** @type {string} */ name) => import(pathToFileURL(join(folder, `${name}.mjs`)).href);
    const [{ describeCatalogue }, { asks }] = await Promise.all([made('describe'), made('asks')]);
    const catalogue = { ...describeCatalogue(), asks };
    writeIfChanged(join(here, 'descriptors.json'), `${JSON.stringify(catalogue, null, 1)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await generateRegistry();
