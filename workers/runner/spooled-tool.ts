import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import type { ToolCall, ToolResult } from '@/lib/engine/define-job';
import { type RunToolOptions, runTool } from '@/lib/tools/process';
import {
  announceProcessGroup,
  endProcessGroup,
  groupMembers,
  isSameProcess,
} from '@/lib/tools/process-groups';
import {
  heirFile,
  inherit,
  readCall,
  readResult,
  type SpooledGroup,
  settleGroup,
  writeCall,
} from '@/lib/tools/spool';
import { stepScope } from '@/workers/guard/guard-client';
import type { Hold } from '@/workers/runner/hold';

const pollMs = 50;

/** The calls of a spool, by their paths without ending. */
function callsOf(spool: string): string[] {
  if (!existsSync(spool)) return [];
  const names = readdirSync(spool).filter((name) => name.endsWith('.call'));
  return names.map((name) => `${spool}/${name.slice(0, -'.call'.length)}`);
}

/** Group ids of the spooled children that were started. */
export function spooledGroups(spool: string): number[] {
  return callsOf(spool).flatMap((path) => settleGroup(path)?.pid ?? []);
}

/** Ends what a spool's calls still run, but for some, and sees to it that none of them starts any more. */
export async function endSpooled(spool: string, graceMs?: number, but = new Set<string>()): Promise<void> {
  const rest = callsOf(spool).filter((path) => !but.has(path));
  await Promise.all(
    rest.map(async (path) => {
      const group = settleGroup(path);
      if (group && isLive(group)) await endProcessGroup(group.pid, ['SIGTERM'], graceMs);
    }),
  );
}

/** The supervisor lives, or was killed and its child goes on in the group; not when the number is somebody else's. */
function isLive({ pid, startTicks }: SpooledGroup): boolean {
  const members = groupMembers(pid);
  const leader = members.find((member) => member.pid === pid);
  return members.length > 0 && (leader === undefined || leader.startTicks === startTicks);
}

export interface SpoolPlace {
  spool: string;
  epoch: number;
  /** The epoch that the directory was taken over from, if it was. */
  adoptedFrom?: number;
  hold: Pick<Hold, 'mayBeAdopted' | 'leavesChildren'>;
}

/**
 * The tools of a step that may outlive its worker. Each runs under a supervisor that writes its end to disk; when the
 * step is repeated by a later worker, the same call (the n-th with these arguments) is answered by the child that was
 * already started. A child that somebody has told to end is no answer: then the call starts anew, after that end.
 */
export class SpooledTools {
  private readonly counts = new Map<string, number>();
  private readonly adopted = new Set<string>();
  private left = false;

  constructor(private readonly place: SpoolPlace) {}

  /** A child goes on although this worker ends: its files must stay. */
  get hasLeft(): boolean {
    return this.left;
  }

  async run(
    step: string,
    call: ToolCall,
    options: RunToolOptions,
    log: (level: 'info', text: string) => void,
  ): Promise<ToolResult> {
    const { spool, epoch } = this.place;
    const { program, major, args, connect, env } = call;
    const identity = JSON.stringify([step, program, major, args, connect, env]);
    const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
    const count = this.counts.get(hash) ?? 0;
    this.counts.set(hash, count + 1);
    const key = `${hash}-${count}`;
    const earlier = callsOf(spool).filter((path) => path.endsWith(`-${key}`));
    for (const path of earlier) this.adopted.add(path);
    for (const path of earlier) {
      const result = await this.adopt(path, options, log);
      if (result) return result;
    }
    // Whatever an earlier worker's step did otherwise must not go on beside this one.
    if (this.place.adoptedFrom !== undefined) await endSpooled(spool, undefined, this.adopted);
    const path = `${spool}/e${epoch}-${key}`;
    this.adopted.add(path);
    return this.start(path, options);
  }

  private async start(path: string, options: RunToolOptions): Promise<ToolResult> {
    const scope = stepScope.getStore();
    if (!scope) throw new PlumblineError('internal', 'A spooled tool runs in a step only.');
    const { argv, user, deadlineMs, keepCharacters = 16_384, ...rest } = options;
    writeCall(path, { argv, user, deadlineMs, keepCharacters, startedAt: Date.now() });
    const ending = new AbortController();
    const supervisor: RunToolOptions = {
      ...rest,
      argv: [process.execPath, scope.guard.script, 'supervise', path],
      signal: ending.signal,
      deadlineMs,
    };
    const heir = this.place.hold.mayBeAdopted ? heirFile(path, this.place.epoch) : undefined;
    const running = stepScope.run({ ...scope, heir }, () => runTool(supervisor));
    await this.unlessLeft(running, rest.signal, () => ending.abort(rest.signal?.reason));
    const result = readResult(path);
    if (!result) throw new PlumblineError('tool-failed', `The supervisor of ${argv[0]} was lost.`);
    return result;
  }

  /** Waits for a child; told to end with this worker, it is left to the next one. Any other end of ours is its own. */
  private unlessLeft<T>(running: Promise<T>, signal: AbortSignal | undefined, end: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (!this.place.hold.leavesChildren) return end();
        this.left = true;
        reject(signal?.reason);
      };
      running.then(resolve, reject).finally(() => signal?.removeEventListener('abort', onAbort));
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** The answer of an earlier worker's child; undefined when it has none and nothing of it lives any more. */
  private async adopt(
    path: string,
    { signal, argv }: RunToolOptions,
    log: (level: 'info', text: string) => void,
  ): Promise<ToolResult | undefined> {
    const { adoptedFrom, epoch } = this.place;
    const scope = stepScope.getStore();
    const call = readCall(path);
    const group = settleGroup(path);
    if (!group || !call || !scope || adoptedFrom === undefined) return undefined;
    if (isSameProcess(group.pid, group.startTicks)) {
      // Its worker's guard may have begun to end it: then there is only its end to wait for.
      const isOurs = inherit(heirFile(path, adoptedFrom));
      if (isOurs) log('info', `${argv[0]} of an earlier worker still runs (${group.pid}); waiting for it.`);
      const known = { groupId: group.pid, startTicks: group.startTicks, stopSignals: ['SIGTERM' as const] };
      const heir = this.place.hold.mayBeAdopted ? heirFile(path, epoch) : undefined;
      stepScope.run({ ...scope, heir }, () => announceProcessGroup((observer) => observer.started(known)));
      try {
        await this.waitFor(group, call.startedAt + call.deadlineMs, argv[0], signal);
      } finally {
        if (!this.left) announceProcessGroup((observer) => observer.ended(group.pid));
      }
    }
    // Its supervisor may have been killed: nobody can tell how what it left would end.
    if (isLive(group)) await endProcessGroup(group.pid);
    const result = readResult(path);
    if (!result || result.wasToldToEnd) return undefined;
    log('info', `${argv[0]} of an earlier worker has ended; its result is taken.`);
    return result;
  }

  private async waitFor(
    group: SpooledGroup,
    until: number,
    program: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    while (isSameProcess(group.pid, group.startTicks)) {
      if (signal?.aborted && this.place.hold.leavesChildren) {
        this.left = true;
        throw signal.reason;
      }
      const isLate = Date.now() > until;
      if (signal?.aborted || isLate) {
        await endProcessGroup(group.pid);
        throw isLate
          ? new PlumblineError('timed-out', `${program} did not end in its time.`)
          : new PlumblineError('cancelled', `${program} was cancelled.`);
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }
}
