// Ends what its parent started when the parent is gone, however that died: plain JavaScript without imports of
// ours, since it also has to run from the bundle and next to the tests. It reads lines of JSON on standard input:
//   {"group": {groupId, startTicks, stopSignals}}   a process group was started
//   {"ended": groupId}                              it has ended by itself
//   {"directory": path}                             remove this when all groups are gone
//   {"kept": path}                                  no longer
// End of file means that the parent has ended: each group gets its stop signals, then SIGKILL.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const graceMs = Number(process.argv[2] ?? 5000);
const groups = new Map();
const directories = new Set();

function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return {
      state: fields[0],
      parentPid: Number(fields[1]),
      groupId: Number(fields[2]),
      startTicks: fields[19],
    };
  } catch {
    return undefined;
  }
}

/** The group's live members, with its leader's children: PostgreSQL's backends are groups of their own. */
function members(groupId) {
  const found = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fact = stat(name);
    if (fact && fact.state !== 'Z' && (fact.groupId === groupId || fact.parentPid === groupId))
      found.push(Number(name));
  }
  return found;
}

function signal(target, name) {
  try {
    process.kill(target, name);
  } catch {
    // Gone already: what we want.
  }
}

async function until(isTrue, deadlineMs) {
  const end = Date.now() + deadlineMs;
  while (!isTrue()) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

async function end({ groupId, startTicks, stopSignals }) {
  const leader = stat(groupId);
  // Another process has this number by now: the group that we were told of is gone.
  if (leader && leader.startTicks !== startTicks) return;
  for (const name of stopSignals) {
    signal(-groupId, name);
    if (await until(() => members(groupId).length === 0, graceMs)) return;
  }
  const left = members(groupId);
  signal(-groupId, 'SIGKILL');
  for (const pid of left) signal(pid, 'SIGKILL');
  await until(() => members(groupId).length === 0, graceMs);
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message = JSON.parse(line);
  if (message.group) groups.set(message.group.groupId, message.group);
  if (message.ended) groups.delete(message.ended);
  if (message.directory) directories.add(message.directory);
  if (message.kept) directories.delete(message.kept);
});
lines.on('close', async () => {
  await Promise.all([...groups.values()].map(end));
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
// Signals meant for the parent's terminal must not end the one who cleans up after it.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => undefined);
