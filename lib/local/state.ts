import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { giveTo, makeOwnedDirectory } from '@/lib/tools/files';
import { isPortFree } from '@/lib/tools/ports';
import { isSameProcess, readProcess } from '@/lib/tools/process-groups';
import { toolUserName } from '@/lib/tools/system-user';

const password = () => randomBytes(24).toString('base64url');

const secretsSchema = z.object({
  consoleSuperuser: z.string(),
  consoleOwner: z.string(),
  consoleWeb: z.string(),
  consoleWorker: z.string(),
  redis: z.string(),
  session: z.string(),
  demoSuperuser: z.string(),
  demoReplication: z.string(),
  demoWatch: z.string(),
  demoBackup: z.string(),
  demoOperate: z.string(),
  demoApplication: z.string(),
});
export type LocalSecrets = z.infer<typeof secretsSchema>;

const portsSchema = z.record(z.string(), z.number().int());

/** The folder that holds all that must survive a restart and a new clone. */
export interface LocalState {
  directory: string;
  user: string | undefined;
  secrets: LocalSecrets;
  /** A folder below, made on first use; `owned` by the tools' user unless it is for us alone. */
  folder(name: string, owned?: boolean): string;
  /** Short enough for sockets. */
  socketDirectory: string;
  /** The port that this part got at its first start; the next free one from `first` then. */
  port(name: string, first: number): Promise<number>;
  /** As `port`, but another one when that is in use now: for parts whose port nobody else has noted. */
  freePort(name: string, first: number, onMoved: (from: number, to: number) => void): Promise<number>;
}

/**
 * Opens or makes the state folder. As root it and its databases belong to the system user that servers run as,
 * which must be able to pass every folder above it.
 */
export function openState(directory: string): LocalState {
  const user = toolUserName();
  if (!existsSync(directory)) mkdirSync(directory, { recursive: true, mode: 0o711 });
  chmodSync(directory, 0o711);
  giveTo(directory, user);
  const secrets = readOrMake(`${directory}/secrets.json`, secretsSchema, () =>
    secretsSchema.parse(
      Object.fromEntries(Object.keys(secretsSchema.shape).map((name) => [name, password()])),
    ),
  );
  takeLock(directory);
  const folder = (name: string, owned = true) => {
    const path = `${directory}/${name}`;
    if (!existsSync(path)) makeOwnedDirectory(path, owned ? user : undefined);
    return path;
  };
  const run = folder('run');
  return {
    directory,
    user,
    secrets,
    folder,
    socketDirectory: Buffer.byteLength(run) <= 80 ? run : shortSocketDirectory(directory, user),
    port: (name, first) => portOf(directory, name, first),
    freePort: async (name, first, onMoved) => {
      const port = await portOf(directory, name, first);
      if (await isPortFree(port)) return port;
      const moved = await portOf(directory, name, first, 'anew');
      onMoved(port, moved);
      return moved;
    },
  };
}

/** For a state folder with a long path: one in /tmp named after it. */
function shortSocketDirectory(directory: string, user: string | undefined): string {
  const path = `/tmp/plumbline-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`;
  makeOwnedDirectory(path, user);
  return path;
}

function readOrMake<T>(file: string, schema: z.ZodType<T>, make: () => T): T {
  if (existsSync(file)) return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const made = make();
  replaceFile(file, made);
  return made;
}

/** Written beside and renamed: a crash leaves the old file or the new one, never half of it. */
function replaceFile(file: string, content: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

async function portOf(directory: string, name: string, first: number, anew?: 'anew'): Promise<number> {
  const file = `${directory}/ports.json`;
  const ports = existsSync(file) ? portsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
  const known = ports[name];
  if (known !== undefined && !anew) return known;
  const taken = new Set(Object.values(ports));
  let port = first;
  while (taken.has(port) || !(await isPortFree(port))) port += 1;
  replaceFile(file, { ...ports, [name]: port });
  return port;
}

/** Two starts on one state folder would fight over its databases. */
function takeLock(directory: string): void {
  const file = `${directory}/start.json`;
  if (existsSync(file)) {
    const holder = z
      .object({ pid: z.number(), startTicks: z.string() })
      .safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (
      holder.success &&
      holder.data.pid !== process.pid &&
      isSameProcess(holder.data.pid, holder.data.startTicks)
    ) {
      throw new PlumblineError(
        'conflict',
        `Plumbline already runs from ${directory} (process ${holder.data.pid}).`,
        {
          next: `Stop it with Ctrl-C in its terminal or \`kill ${holder.data.pid}\`, or give another folder with --state.`,
        },
      );
    }
  }
  replaceFile(file, { pid: process.pid, startTicks: readProcess(process.pid)?.startTicks ?? '0' });
}
