import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * What is kept on disk of a child that may outlive its worker. Files of one call share a path without ending:
 * `.call` what to run, `.group` who runs it, `.result` how it ended, `.heir-N` who takes it over from epoch N.
 */
const callSchema = z.object({
  argv: z.tuple([z.string()]).rest(z.string()),
  user: z.string().optional(),
  keepCharacters: z.number(),
  /** Unix time in ms. */
  startedAt: z.number(),
  deadlineMs: z.number(),
});
export type SpooledCall = z.infer<typeof callSchema>;

const groupSchema = z.object({
  /** The supervisor, whose group the child is in. */
  pid: z.number(),
  startTicks: z.string(),
});
export type SpooledGroup = z.infer<typeof groupSchema>;

const resultSchema = z.object({
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  stdoutTail: z.string(),
  stderrTail: z.string(),
  durationMs: z.number(),
  /** Somebody told it to end: then how it ended is no answer. */
  wasToldToEnd: z.boolean(),
});
export type SpooledResult = z.infer<typeof resultSchema>;

function read<T>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** A reader finds all of it or nothing. */
function writeWhole(path: string, value: object): void {
  writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Writes a file unless it is there; of several who try at once one gets true. */
function writeOnce(path: string, value: object): boolean {
  const own = `${path}.${process.pid}`;
  try {
    writeFileSync(own, JSON.stringify(value), { mode: 0o600 });
    linkSync(own, path);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

export function writeCall(path: string, call: SpooledCall): void {
  mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true, mode: 0o700 });
  writeWhole(`${path}.call`, call);
}

export function readCall(path: string): SpooledCall | undefined {
  return read(`${path}.call`, callSchema);
}

/** False when the call may no longer be started: somebody has given it up, or it was started before. */
export function claimCall(path: string, group: SpooledGroup): boolean {
  return writeOnce(`${path}.group`, group);
}

/** Who runs it. Where nobody has begun to, nobody may from now on: a supervisor on its way finds the file taken. */
export function settleGroup(path: string): SpooledGroup | undefined {
  writeOnce(`${path}.group`, { pid: 0, startTicks: '0' });
  const group = read(`${path}.group`, groupSchema);
  return group && group.pid > 0 ? group : undefined;
}

export function writeResult(path: string, result: SpooledResult): void {
  writeWhole(`${path}.result`, result);
}

/** Undefined while it runs, and when its supervisor was killed. */
export function readResult(path: string): SpooledResult | undefined {
  return read(`${path}.result`, resultSchema);
}

/** The file that decides between the guard, which ends the child of a lost worker, and a worker that adopts it. */
export function heirFile(path: string, epoch: number): string {
  return `${path}.heir-${epoch}`;
}

/** True for one caller only. */
export function inherit(heir: string): boolean {
  return writeOnce(heir, { pid: process.pid });
}
