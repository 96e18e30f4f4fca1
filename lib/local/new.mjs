// `npm run new check|job|criterion NAME`: a definition that works and its test, to be changed into one's own. Both
// compile, lint and pass the catalogue's tests as they are; nothing else has to name them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
/** @type {Record<string, string>} */
const folders = { check: 'lib/checks', job: 'lib/jobs', criterion: 'lib/criteria' };

/** @param {string} message @returns {never} */
function refuse(message) {
  console.error(message);
  process.exit(1);
}

const [kind = '', name = ''] = process.argv.slice(2);
const folder = folders[kind];
if (!folder || !name) refuse('Use: npm run new check|job|criterion NAME, the name like long-transactions');
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
  refuse(`${name} is not a name: lower case words with hyphens between.`);

const words = name.replaceAll('-', ' ');
const title = words.charAt(0).toUpperCase() + words.slice(1);
const identifier = name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());

for (const end of ['.ts', '.test.ts']) {
  const file = join(root, folder, name + end);
  if (existsSync(file)) refuse(`${folder}/${name}${end} exists already.`);
}
for (const end of ['.ts', '.test.ts']) {
  const template = readFileSync(join(here, 'templates', `${kind}${end}.txt`), 'utf8');
  const text = template
    .replaceAll('NAME', name)
    .replaceAll('TITLE', title)
    .replaceAll('IDENTIFIER', identifier);
  writeFileSync(join(root, folder, name + end), text);
  console.log(`wrote ${folder}/${name}${end}`);
}

const biome = join(root, 'node_modules/.bin/biome');
if (existsSync(biome)) spawnSync(biome, ['format', '--write', folder], { cwd: root, stdio: 'ignore' });
const { generateRegistry } = await import('../registry/generate.mjs');
await generateRegistry();
console.log(
  `Change them into your own, then: npm run unit -- ${folder}/${name} lib/registry lib/architecture`,
);
