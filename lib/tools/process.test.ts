import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { runTool, runToolOrFail, startTool } from '@/lib/tools/process';
import { groupMembers, isSameProcess, observeProcessGroups } from '@/lib/tools/process-groups';
import { toolUserName } from '@/lib/tools/system-user';

test('hands on lines, keeps outputs and tells the exit code', async () => {
  const lines: string[] = [];
  const result = await runTool({
    argv: ['sh', '-c', 'echo one; echo "two\nthree"; echo wrong >&2; exit 3'],
    onStdout: (line) => lines.push(line),
    deadlineMs: 5_000,
  });
  expect(lines).toEqual(['one', 'two', 'three']);
  expect(result).toMatchObject({ exitCode: 3, exitSignal: null, stderr: 'wrong\n' });
});

test('lets nothing of our environment through but the allow-list', async () => {
  process.env.PGPASSWORD = 'leak';
  const { stdout } = await runTool({ argv: ['env'], env: { PGAPPNAME: 'given' }, deadlineMs: 5_000 });
  process.env.PGPASSWORD = undefined;
  const names = stdout
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0]);
  expect(names.sort()).toEqual(['LANG', 'LC_MESSAGES', 'PATH', 'PGAPPNAME', 'TZ']);
});

test('feeds standard input and streams standard output', async () => {
  const out = new PassThrough();
  const chunks: Buffer[] = [];
  out.on('data', (chunk) => chunks.push(chunk));
  await runTool({ argv: ['cat'], stdin: 'bytes', stdoutTo: out, deadlineMs: 5_000 });
  expect(Buffer.concat(chunks).toString()).toBe('bytes');
});

test('ends the whole group at the deadline, a child that ignores TERM included', async () => {
  let groupId = 0;
  const stop = observeProcessGroups({
    started: (group) => {
      groupId = group.groupId;
    },
    ended: () => undefined,
  });
  const run = runTool({ argv: ['sh', '-c', 'sleep 60 & sleep 60'], deadlineMs: 200 });
  await expect(run).rejects.toMatchObject({ code: 'timed-out' });
  stop();
  expect(groupId).toBeGreaterThan(0);
  expect(groupMembers(groupId)).toEqual([]);
});

test('a cancelled tool is ended and says so', async () => {
  const abort = new AbortController();
  const run = runTool({
    argv: ['sh', '-c', 'echo ready; sleep 60'],
    onStdout: () => abort.abort(),
    signal: abort.signal,
    deadlineMs: 20_000,
  });
  await expect(run).rejects.toMatchObject({ code: 'cancelled' });
});

test('children that outlive their parent do not outlive the call', async () => {
  let groupId = 0;
  const stop = observeProcessGroups({
    started: (group) => {
      groupId = group.groupId;
    },
    ended: () => undefined,
  });
  const result = await runTool({ argv: ['sh', '-c', 'sleep 60 & exit 0'], deadlineMs: 20_000 });
  stop();
  expect(result.exitCode).toBe(0);
  expect(groupMembers(groupId)).toEqual([]);
});

test('a program that is not there is named', async () => {
  await expect(runTool({ argv: ['/nowhere/pg_dump'], deadlineMs: 1_000 })).rejects.toMatchObject({
    code: 'tool-failed',
    message: expect.stringContaining('/nowhere/pg_dump'),
  });
});

test('a failing tool’s last words are in the error', async () => {
  const run = runToolOrFail({ argv: ['sh', '-c', 'echo disk full >&2; exit 1'], deadlineMs: 5_000 });
  await expect(run).rejects.toMatchObject({
    code: 'tool-failed',
    message: expect.stringContaining('disk full'),
  });
});

test('root steps down to the system user of PostgreSQL', async () => {
  const { stdout } = await runTool({ argv: ['id', '-un'], user: toolUserName(), deadlineMs: 5_000 });
  if (process.getuid?.() === 0) expect(stdout.trim()).toBe('postgres');
  else expect(stdout.trim()).not.toBe('root');
});

test('a started tool is told to observers and stops as a group', async () => {
  const seen: string[] = [];
  const stopObserving = observeProcessGroups({
    started: (group) => seen.push(`start ${group.groupId}`),
    ended: (groupId) => seen.push(`end ${groupId}`),
  });
  const tool = await startTool({ argv: ['sh', '-c', 'sleep 60 & wait'] });
  expect(isSameProcess(tool.pid, tool.startTicks)).toBe(true);
  await tool.stop();
  stopObserving();
  expect(isSameProcess(tool.pid, tool.startTicks)).toBe(false);
  expect(seen).toEqual([`start ${tool.pid}`, `end ${tool.pid}`]);
});
