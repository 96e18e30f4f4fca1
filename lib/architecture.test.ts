import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const roots = ['app', 'components', 'lib', 'workers', 'migrations', 'e2e'];

interface Source {
  path: string;
  text: string;
  /** Our own files that it imports at run time or for types. */
  imports: { path: string; typeOnly: boolean }[];
  packages: string[];
}

function filesUnder(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((path) => /\.(ts|tsx|mjs)$/.test(path));
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

function resolveImport(from: string, specifier: string): string | undefined {
  const base = specifier.startsWith('@/')
    ? specifier.slice(2)
    : specifier.startsWith('.')
      ? relative(root, resolve(root, dirname(from), specifier))
      : undefined;
  if (base === undefined) return undefined;
  for (const end of ['', '.ts', '.tsx', '.mjs', '/index.ts', '/index.tsx']) {
    if (/\.\w+$/.test(base + end) && existsSync(join(root, base + end))) return base + end;
  }
  return base;
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const imports: Source['imports'] = [];
  const packages: string[] = [];
  for (const match of text.matchAll(importPattern)) {
    const specifier = match[2] ?? match[3];
    if (specifier === undefined) continue;
    const own = resolveImport(path, specifier);
    if (own !== undefined) imports.push({ path: own, typeOnly: match[1] !== undefined });
    else packages.push(specifier);
  }
  return { path, text, imports, packages };
}

const sources = roots
  .flatMap(filesUnder)
  .concat(existsSync(join(root, 'proxy.ts')) ? ['proxy.ts'] : [])
  .map(readSource);
const byPath = new Map(sources.map((source) => [source.path, source]));
const isTest = (path: string) =>
  /\.(test|spec)\.tsx?$/.test(path) || path.startsWith('e2e/') || path.startsWith('lib/testing/');
const production = sources.filter((source) => !isTest(source.path));

/** The floor that a file is on: its first two folders in lib, else its first. */
function floorOf(path: string): string {
  const parts = path.split('/');
  return parts[0] === 'lib' && parts.length > 2 ? `lib/${parts[1]}` : (parts[0] ?? path);
}

const descriptors = 'lib/registry/descriptors';
const below = {
  base: ['lib/base'],
  contract: ['lib/base', 'lib/contract', 'lib/engine/roles.ts'],
  engine: ['lib/base', 'lib/contract', 'lib/engine'],
};
const store = [...below.engine, 'lib/store', 'migrations/all.ts'];
const instance = [...below.engine, 'lib/instance'];
const tools = [...below.engine, 'lib/tools'];
const procedures = [...instance, 'lib/tools', 'lib/procedures'];
const readsAndActs = [
  ...store,
  'lib/auth',
  'lib/secrets/seal',
  'lib/secrets/sealed',
  descriptors,
  'lib/queries',
  'lib/commands',
];

/** Who may import whom: a path prefix per line. What is not named here may import nothing of ours. */
const mayImport: Record<string, string[]> = {
  'lib/base': below.base,
  'lib/contract': below.contract,
  'lib/engine': below.engine,
  'lib/store': store,
  'lib/secrets': [...store, 'lib/secrets'],
  'lib/auth': [...store, 'lib/auth'],
  'lib/queue': [...store, 'lib/queue'],
  'lib/instance': instance,
  'lib/tools': tools,
  'lib/procedures': procedures,
  'lib/checks': procedures,
  'lib/jobs': [...procedures, 'lib/jobs'],
  'lib/criteria': [...procedures, 'lib/criteria'],
  'lib/registry': ['lib/engine', 'lib/registry', 'lib/checks', 'lib/jobs', 'lib/criteria'],
  'lib/queries': readsAndActs,
  'lib/commands': readsAndActs,
  'lib/http': [...readsAndActs, 'lib/http'],
  'lib/cli': ['lib/base', 'lib/contract', 'lib/cli'],
  'lib/local': ['lib/', 'migrations', 'workers'],
  workers: [
    'lib/base',
    'lib/contract',
    'lib/engine',
    'lib/store',
    'lib/secrets',
    'lib/queue',
    'lib/instance',
    'lib/tools',
    'lib/procedures',
    'lib/registry',
    'migrations/all.ts',
    'workers',
  ],
  migrations: ['lib/base', 'lib/store', 'migrations'],
  components: ['components', 'lib/base', 'lib/contract', 'lib/engine/roles.ts'],
  app: [
    'app',
    'components',
    'lib/http',
    'lib/queries',
    'lib/commands',
    'lib/auth',
    'lib/contract',
    'lib/base',
    'lib/engine',
    descriptors,
  ],
  'proxy.ts': ['lib/base', 'lib/auth', 'lib/http'],
};

/** Which packages only some may import. */
const keepers: Record<string, (path: string) => boolean> = {
  kysely: (path) => path.startsWith('lib/store/') || path.startsWith('migrations/'),
  pg: (path) =>
    path.startsWith('lib/instance/') ||
    /^lib\/store\/(db|listen)\.ts$/.test(path) ||
    path.startsWith('lib/local/'),
  bullmq: (path) => path.startsWith('lib/queue/'),
  ioredis: (path) => path.startsWith('lib/queue/'),
  recharts: (path) => path.startsWith('components/charts/'),
  'node:child_process': (path) =>
    /^lib\/tools\/process(-companion|-supervisor)?\.ts$/.test(path) ||
    path.startsWith('lib/local/') ||
    path === 'lib/cli/plumbline.mjs',
  nodemailer: (path) => path === 'lib/tools/mail.ts',
  'server-only': () => false,
};

describe('the house', () => {
  it('has sources to judge', () => {
    expect(production.length).toBeGreaterThan(50);
  });

  it('is imported one way only', () => {
    const wrong = production.flatMap((source) => {
      const allowed = mayImport[floorOf(source.path)] ?? [];
      return (
        source.imports
          // The erased type of a definition binds nothing at run time, but it may not point upwards either.
          .filter((target) => !allowed.some((prefix) => target.path.startsWith(prefix)))
          .map((target) => `${source.path} imports ${target.path}`)
      );
    });
    expect(wrong).toEqual([]);
  });

  it('keeps libraries with their keepers', () => {
    const wrong = production.flatMap((source) =>
      source.packages
        .map((name) =>
          name.startsWith('node:')
            ? name
            : name
                .split('/')
                .slice(0, name.startsWith('@') ? 2 : 1)
                .join('/'),
        )
        .filter((name) => keepers[name] && !keepers[name](source.path))
        .map((name) => `${source.path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('gives the web no way to a server, a tool, an opened secret or the SQL of checks', () => {
    const forbidden = [
      'lib/instance/',
      'lib/tools/',
      'lib/procedures/',
      'lib/checks/',
      'lib/jobs/',
      'lib/criteria/',
      'lib/queue/',
      'lib/secrets/open',
      'lib/secrets/key-file',
      'workers/',
    ];
    const reached = new Map<string, string>();
    const queue = production
      .filter((source) => source.path.startsWith('app/') || source.path === 'proxy.ts')
      .map((source) => source.path);
    for (const path of queue) reached.set(path, path);
    const wrong: string[] = [];
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      for (const target of byPath.get(path)?.imports ?? []) {
        if (forbidden.some((prefix) => target.path.startsWith(prefix)) || target.path.endsWith('.gen.ts')) {
          wrong.push(`${path} reaches ${target.path}`);
        }
        if (!reached.has(target.path)) {
          reached.set(target.path, path);
          queue.push(target.path);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('has no cycle of imports', () => {
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (path: string, trail: string[]): void => {
      if (state.get(path) === 'done') return;
      if (state.get(path) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
        return;
      }
      state.set(path, 'open');
      for (const target of byPath.get(path)?.imports ?? []) {
        if (!target.typeOnly) visit(target.path, [...trail, path]);
      }
      state.set(path, 'done');
    };
    for (const source of sources) visit(source.path, []);
    expect(cycles).toEqual([]);
  });

  it('has no barrels', () => {
    const barrels = production
      .filter((source) => /^\s*export\s+(\*|\{[^}]*\})\s+from\s/m.test(source.text))
      .map((source) => source.path);
    expect(barrels).toEqual([]);
  });

  it('keeps routes and pages thin', () => {
    const thick = production
      .filter((source) => /^app\/.*\/(page\.tsx|route\.ts)$/.test(source.path))
      .filter((source) => source.text.split('\n').length > 45)
      .map((source) => `${source.path}: ${source.text.split('\n').length} lines`);
    expect(thick).toEqual([]);
  });

  it('has no file that knows a definition by its name', () => {
    const ids = ['checks', 'jobs', 'criteria'].flatMap((folder) =>
      filesUnder(`lib/${folder}`)
        .filter((path) => path.endsWith('.ts') && !isTest(path))
        .map((path) => path.slice(path.lastIndexOf('/') + 1, -3))
        // A single word is also a plain word of the language: only compound names can be searched for.
        .filter((id) => id.includes('-')),
    );
    expect(ids.length).toBeGreaterThan(5);
    // A procedure can't reach the catalogue; what it calls its own parts is its own affair.
    const exempt = /^lib\/(checks|jobs|criteria|registry|local|procedures)\//;
    const wrong = production
      .filter((source) => !exempt.test(source.path))
      .flatMap((source) =>
        ids
          .filter((id) => new RegExp(`['"\`]${id}['"\`]`).test(source.text))
          .map((id) => `${source.path} names ${id}`),
      );
    expect(wrong).toEqual([]);
  });

  it('gives each definition a test of its own', () => {
    const untested = ['checks', 'jobs', 'criteria'].flatMap((folder) =>
      filesUnder(`lib/${folder}`)
        .filter((path) => path.endsWith('.ts') && !isTest(path))
        .filter((path) => !existsSync(join(root, path.replace(/\.ts$/, '.test.ts')))),
    );
    expect(untested).toEqual([]);
  });
});
