import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { endProcessGroup, groupMembers, isSameProcess, type ProcessGroup } from '@/lib/tools/process-groups';
import { inherit } from '@/lib/tools/spool';
import type { GuardMessage } from '@/workers/guard/messages';

interface Guarded extends ProcessGroup {
  run?: string;
  continues?: boolean;
  heir?: string;
}

export interface GuardOptions {
  /** How often deadlines are looked at. */
  everyMs: number;
  /** Between TERM and KILL. */
  graceMs: number;
  /** How long a child that may be adopted is left alone after its worker is gone. */
  adoptMs: number;
}

/**
 * Ends a worker's child groups when the worker cannot: no beat of a run in time (the worker is stopped, stuck or cut
 * off, and somebody else may take the run), or end of file (the worker is gone). A step that is fenced at its own
 * resource goes on without beats; after end of file its spooled children wait for another worker to adopt them, for
 * so long. Resolves after end of file when all groups are gone or adopted.
 */
export async function guard(input: Readable, options: GuardOptions): Promise<void> {
  const groups = new Map<number, Guarded>();
  const deadlines = new Map<string, number>();
  const ending = new Map<number, Promise<void>>();

  const end = (group: Guarded) => {
    const before = ending.get(group.groupId);
    if (before) return before;
    // The leader may be gone while its children live; the group is ours as long as the pid was not given again.
    const isOurs =
      isSameProcess(group.groupId, group.startTicks) ||
      (groupMembers(group.groupId).length > 0 && !isReused(group));
    const done = (
      isOurs ? endProcessGroup(group.groupId, group.stopSignals, options.graceMs) : Promise.resolve()
    ).finally(() => {
      groups.delete(group.groupId);
      ending.delete(group.groupId);
    });
    ending.set(group.groupId, done);
    return done;
  };

  const timer = setInterval(() => {
    const now = performance.now();
    for (const group of groups.values()) {
      if (group.run === undefined || group.continues) continue;
      const deadline = deadlines.get(group.run);
      if (deadline !== undefined && deadline < now) void end(group);
    }
  }, options.everyMs);

  for await (const line of createInterface({ input })) {
    const message = JSON.parse(line) as GuardMessage;
    if ('group' in message) {
      groups.set(message.group.groupId, {
        ...message.group,
        run: message.run,
        continues: message.continues,
        heir: message.heir,
      });
    } else if ('ended' in message) {
      groups.delete(message.ended);
    } else if ('beat' in message) {
      deadlines.set(message.beat, performance.now() + message.forMs);
    } else {
      deadlines.delete(message.over);
    }
  }
  clearInterval(timer);
  const until = performance.now() + options.adoptMs;
  await Promise.all(
    [...groups.values()].map(async (group) => {
      if (group.continues && group.heir && (await isAdopted(group, group.heir, until, options.everyMs)))
        return;
      await end(group);
    }),
  );
}

/** Waits until the group has ended by itself or has an heir; false when it has to be ended by us. */
async function isAdopted(
  group: ProcessGroup,
  heir: string,
  until: number,
  everyMs: number,
): Promise<boolean> {
  while (performance.now() < until) {
    if (existsSync(heir) || groupMembers(group.groupId).length === 0) return true;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return !inherit(heir);
}

/** A live process that has the group's number but began at another time is somebody else's. */
function isReused(group: ProcessGroup): boolean {
  const leader = groupMembers(group.groupId).find((member) => member.pid === group.groupId);
  return leader !== undefined && leader.startTicks !== group.startTicks;
}
