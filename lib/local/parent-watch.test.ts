import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { isSameProcess, readProcess } from '@/lib/tools/process-groups';

const module = fileURLToPath(new URL('./parent-watch.mjs', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'parent-watch-'));
afterAll(() => rmSync(folder, { recursive: true }));

function script(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

const watcher = script(
  'watcher.mjs',
  `import { watchParent } from ${JSON.stringify(module)};
   watchParent(() => { console.log('parent gone'); process.exit(0); }, 20);
   setInterval(() => undefined, 1000);
   console.log('pid ' + process.pid);`,
);
/** A shell that starts the watcher as its child, and stays: as npm's script shell may. */
const shell = script('shell.sh', `"${process.execPath}" "${watcher}" & wait`);
/** Stands for npm, which starts that shell. */
const npm = script('npm.sh', `sh "${shell}" & wait`);

function startScript(file: string, lifecycleEvent: string) {
  const child = spawn('sh', [file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, npm_lifecycle_event: lifecycleEvent },
  });
  const heard = { text: '' };
  child.stdout.on('data', (chunk) => {
    heard.text += chunk;
  });
  return { child, heard };
}

async function until(isTrue: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('the end of the parent is noticed, kill -9 included', async () => {
  const { child, heard } = startScript(shell, '');
  await until(() => /pid \d+/.test(heard.text), 'the watcher’s start');
  const pid = Number(/pid (\d+)/.exec(heard.text)?.[1]);
  const startTicks = readProcess(pid)?.startTicks ?? '';
  child.kill('SIGKILL');
  await until(() => heard.text.includes('parent gone'), 'the watcher’s notice');
  await until(() => !isSameProcess(pid, startTicks), 'the watcher’s end');
});

test('behind the shell of an npm script, the end of npm is noticed', async () => {
  const { child, heard } = startScript(npm, 'start');
  await until(() => /pid \d+/.test(heard.text), 'the watcher’s start');
  const pid = Number(/pid (\d+)/.exec(heard.text)?.[1]);
  const shellPid = readProcess(pid)?.parentPid ?? 0;
  expect(readProcess(shellPid)?.parentPid).toBe(child.pid);
  child.kill('SIGKILL');
  await until(() => heard.text.includes('parent gone'), 'the watcher’s notice');
});
