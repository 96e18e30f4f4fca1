import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { eventually } from '@/lib/testing/engine-world';
import { type RunningTool, startTool } from '@/lib/tools/process';
import { groupMembers } from '@/lib/tools/process-groups';
import { guard } from '@/workers/guard/guard';
import type { GuardMessage } from '@/workers/guard/messages';

function guarded() {
  const pipe = new PassThrough();
  const over = guard(pipe, { everyMs: 10, graceMs: 300, adoptMs: 300 });
  const tell = (message: GuardMessage) => pipe.write(`${JSON.stringify(message)}\n`);
  return { tell, over, end: () => pipe.end() };
}

const sleep = () => startTool({ argv: ['sleep', '300'] });
const groupOf = ({ groupId, startTicks, stopSignals }: RunningTool) => ({ groupId, startTicks, stopSignals });
const isGone = (tool: RunningTool) => groupMembers(tool.groupId).length === 0;

test('children of a run without a beat are ended; those of others, and such as may go on, are not', async () => {
  const [late, beaten, going] = [await sleep(), await sleep(), await sleep()];
  const { tell, over, end } = guarded();
  tell({ beat: 'late/1', forMs: 100 });
  tell({ beat: 'beaten/1', forMs: 60_000 });
  tell({ group: groupOf(late), run: 'late/1', continues: false });
  tell({ group: groupOf(beaten), run: 'beaten/1', continues: false });
  tell({ group: groupOf(going), run: 'late/1', continues: true });
  await eventually(() => isGone(late), 'the child without a beat is ended', 5_000);
  expect([isGone(beaten), isGone(going)]).toEqual([false, false]);
  end();
  await over;
  expect([isGone(beaten), isGone(going)]).toEqual([true, true]);
});

test('a child that ignores TERM is killed', async () => {
  const stubborn = await startTool({ argv: ['sh', '-c', 'trap "" TERM; sleep 300 & wait; sleep 300'] });
  const { tell, over, end } = guarded();
  tell({ group: groupOf(stubborn), run: 'a/1', continues: false });
  end();
  await over;
  expect(isGone(stubborn)).toBe(true);
});

test('a process that has only the number of ours is left alone', async () => {
  const other = await sleep();
  const { tell, over, end } = guarded();
  tell({ group: { ...groupOf(other), startTicks: '1' }, run: 'a/1', continues: false });
  end();
  await over;
  expect(isGone(other)).toBe(false);
  await other.stop(500);
});
