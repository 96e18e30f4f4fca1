import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isSameProcess, type ProcessGroup, readProcess } from '@/lib/tools/process-groups';

const script = fileURLToPath(new URL('./reaper-process.mjs', import.meta.url));

function startGroup(command: string): Promise<ProcessGroup & { child: ChildProcess }> {
  const child = spawn('sh', ['-c', command], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve) => {
    child.stdout.once('data', () => {
      const groupId = child.pid as number;
      resolve({
        child,
        groupId,
        startTicks: readProcess(groupId)?.startTicks ?? '',
        stopSignals: ['SIGTERM'],
      });
    });
  });
}

const exitOf = (child: ChildProcess) => new Promise<void>((resolve) => child.once('exit', () => resolve()));

test('at the end of its parent it ends groups, the ones that ignore TERM too, and removes directories', async () => {
  const polite = await startGroup('echo up; sleep 60');
  const stubborn = await startGroup('trap "" TERM; echo up; while :; do sleep 60; done');
  const directory = mkdtempSync(path.join(tmpdir(), 'reaped-'));
  const reaper = spawn(process.execPath, [script, '300'], { stdio: ['pipe', 'ignore', 'inherit'] });
  for (const { child: _, ...group } of [polite, stubborn])
    reaper.stdin.write(`${JSON.stringify({ group })}\n`);
  reaper.stdin.write(`${JSON.stringify({ directory })}\n`);
  reaper.stdin.end();
  await exitOf(reaper);
  expect(isSameProcess(polite.groupId, polite.startTicks)).toBe(false);
  expect(isSameProcess(stubborn.groupId, stubborn.startTicks)).toBe(false);
  expect(existsSync(directory)).toBe(false);
});

test('a group whose number belongs to another process by now is left alone', async () => {
  const other = await startGroup('echo up; sleep 60');
  const reaper = spawn(process.execPath, [script, '300'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const { child, ...group } = other;
  reaper.stdin.end(`${JSON.stringify({ group: { ...group, startTicks: '1' } })}\n`);
  await exitOf(reaper);
  expect(isSameProcess(other.groupId, other.startTicks)).toBe(true);
  child.kill('SIGKILL');
  process.kill(-group.groupId, 'SIGKILL');
});
