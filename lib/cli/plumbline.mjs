#!/usr/bin/env node
// The program `plumbline`. It only chooses a bundle of dist/ and hands over: web, worker and migrate are the
// processes of a production set-up, everything else is a command over the console's API.
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const processes = ['web', 'worker', 'migrate', 'dump-console', 'restore-console'];

/** Flags of `plumbline worker` and the variables that they stand for. */
const workerFlags = {
  '--hosts': 'PLUMBLINE_HOSTS',
  '--pools': 'PLUMBLINE_POOLS',
  '--name': 'PLUMBLINE_WORKER_NAME',
};

/** @param {string} sentence */
function usage(sentence) {
  console.error(sentence);
  process.exit(2);
}

/** @param {string} name @param {string[]} args */
function takeFlags(name, args) {
  if (name === 'restore-console') {
    if (args.includes('--without-key')) process.env.PLUMBLINE_WITHOUT_KEY = 'yes';
    const [dump, ...more] = args.filter((arg) => arg !== '--without-key');
    if (!dump || more.length > 0) usage('Use: plumbline restore-console DUMP [--without-key]');
    process.env.PLUMBLINE_FROM = dump;
    return;
  }
  while (args.length > 0) {
    const [flag = '', inline] = String(args.shift()).split(/=(.*)/s);
    const variable =
      name === 'worker' ? workerFlags[/** @type {keyof typeof workerFlags} */ (flag)] : undefined;
    if (variable === undefined)
      usage(`plumbline ${name} does not know “${flag}”; its settings come from the environment.`);
    const value = inline ?? args.shift();
    if (!value) usage(`${flag} needs a value.`);
    process.env[String(variable)] = value;
  }
}

const [name = '', ...rest] = process.argv.slice(2);
const isProcess = processes.includes(name);
if (isProcess && rest.some((arg) => arg === '--help' || arg === '-h')) {
  console.log(
    name === 'restore-console'
      ? 'plumbline restore-console DUMP [--without-key]\nBrings the console back into an empty database; the README tells how under In production.'
      : name === 'worker'
        ? 'plumbline worker [--hosts a,b] [--pools p,q] [--name n]\nThe other settings come from the environment; the README lists them under Configuration.'
        : `plumbline ${name}\nIts settings come from the environment; the README lists them under Configuration.`,
  );
  process.exit(0);
}
const bundle = `${dist}${isProcess ? name : 'cli'}.mjs`;
if (!existsSync(bundle)) {
  console.error('Plumbline is not built here. Run npm start once, or npm run build, and try again.');
  process.exit(2);
}
if (isProcess) takeFlags(name, rest);
process.setSourceMapsEnabled(true);
await import(pathToFileURL(bundle).href);
