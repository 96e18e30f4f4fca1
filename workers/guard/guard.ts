import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { endProcessGroup, groupMembers, isSameProcess, type ProcessGroup } from '@/lib/tools/process-groups';
import type { GuardMessage } from '@/workers/guard/messages';

interface Guarded extends ProcessGroup {
  run?: string;
  continues?: boolean;
}

export interface GuardOptions {
  /** How often deadlines are looked at. */
  everyMs: number;
  /** Between TERM and KILL. */
  graceMs: number;
}

/**
 * Ends a worker's child groups when the worker cannot: no beat of a run in time (the worker is stopped, stuck or cut
 * off, and somebody else may take the run), or end of file (the worker is gone). A step that is fenced at its own
 * resource goes on without beats, but not without a worker: nobody could read its result. Resolves after end of file
 * when all groups are gone.
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
  await Promise.all([...groups.values()].map(end));
}

/** A live process that has the group's number but began at another time is somebody else's. */
function isReused(group: ProcessGroup): boolean {
  const leader = groupMembers(group.groupId).find((member) => member.pid === group.groupId);
  return leader !== undefined && leader.startTicks !== group.startTicks;
}
