import { chmodSync, chownSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { PlanDraft, PoolerDesk, StepContext } from '@/lib/engine/define-job';
import { listProcesses, sendSignal } from '@/lib/tools/process-groups';

type Blockers = PlanDraft['blockers'];

/** The configuration file of a PgBouncer on this host. */
export interface PoolerFile {
  file: string;
  text: string;
}

/** Whether an address is one of this machine. */
function isHere(host: string): boolean {
  if (['localhost', '127.0.0.1', '::1'].includes(host) || host.startsWith('/')) return true;
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === host));
}

/** Reads the file that a PgBouncer says it was started with; what keeps this worker from it comes as blockers. */
export async function readPoolerFile(
  desk: PoolerDesk,
  pooler: { id: string; name: string; host: string; port: number },
  byHand: string,
): Promise<PoolerFile | { blockers: Blockers }> {
  const refuse = (message: string) => ({ blockers: [{ message, next: byHand }] });
  let config: Awaited<ReturnType<PoolerDesk['show']>>;
  try {
    config = await desk.show(pooler.id, 'config');
  } catch (error) {
    return refuse(`${pooler.name} does not say where its file is: ${messageOf(error)}`);
  }
  const file = config.find(({ key }) => key === 'conffile')?.value ?? '';
  if (!isHere(pooler.host))
    return refuse(`${pooler.name} runs on ${pooler.host}, not on this worker's host.`);
  if (!path.isAbsolute(file))
    return refuse(`${pooler.name} names no whole path of its file (${file || 'none'}).`);
  try {
    const text = readFileSync(file, 'utf8');
    const port = Number(/^\s*listen_port\s*=\s*(\d+)/m.exec(text)?.[1] ?? 6432);
    if (port !== pooler.port) return refuse(`${file} is of another PgBouncer: it listens on ${port}.`);
    return { file, text };
  } catch (error) {
    return refuse(`${file} cannot be read by the worker: ${messageOf(error)}`);
  }
}

/** Puts a text in a file's place at once, with its owner and mode: readers find the old or the new, never a part. */
export function replaceKept(file: string, text: string): void {
  const { uid, gid, mode } = statSync(file);
  const beside = `${file}.${process.pid}.new`;
  writeFileSync(beside, text, { mode: 0o600 });
  if (process.getuid?.() === 0) chownSync(beside, uid, gid);
  chmodSync(beside, mode & 0o7777);
  renameSync(beside, file);
}

/** Keeps the text that was there under another name, once: a repeat must not take the new one for the former. */
export function keepFormer(file: string, former: string, text: string): void {
  if (existsSync(former)) return;
  writeFileSync(former, text, { mode: 0o600 });
  const { uid, gid, mode } = statSync(file);
  if (process.getuid?.() === 0) chownSync(former, uid, gid);
  chmodSync(former, mode & 0o7777);
}

/**
 * Makes a PgBouncer read its file again: by RELOAD, or where its login may only look by SIGHUP, which is the same
 * (pgbouncer.org/usage.html, "Signals").
 */
export async function reload(
  ctx: Pick<StepContext, 'poolers' | 'log'>,
  id: string,
  file: string,
): Promise<void> {
  try {
    await ctx.poolers.tell(id, 'reload');
    ctx.log('info', 'RELOAD');
    return;
  } catch (error) {
    const pid = pidOf(file);
    if (pid === undefined || !sendSignal(pid, 'SIGHUP')) {
      throw new PlumblineError('conflict', `PgBouncer does not read its file again: ${messageOf(error)}`, {
        next: 'Add its login to admin_users in the file, or let the worker run as the user of PgBouncer.',
        cause: error,
      });
    }
    ctx.log('info', `Its login may not RELOAD: SIGHUP to process ${pid}.`);
  }
}

/** The process that was started with this file. */
function pidOf(file: string): number | undefined {
  return listProcesses().find(({ pid }) => {
    try {
      const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return path.basename(program) === 'pgbouncer' && args.includes(file);
    } catch {
      return false;
    }
  })?.pid;
}
