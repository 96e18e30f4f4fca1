import { rmdirSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { planScript } from '@/lib/contract/plan-script';
import { runTool } from '@/lib/tools/process';

const hostile = [`it's "$(touch /tmp/x)"`, '`id`', 'a\nb', '$HOME', '', '-n', '\\'];

const run = (script: string) => runTool({ argv: ['/bin/sh', '-s'], stdin: script, deadlineMs: 10_000 });

test('a shell reads each word back as the plan has it, and the run’s folder from a variable', async () => {
  const argv = ['/usr/bin/printf', '<%s>', ...hostile, '{copyDir}/it’s here', '{runDir}', '{copyDir}'];
  const script = planScript({ summary: 'harmless\nrm -rf /', acts: [{ step: 'print\nexit 7', argv }] });
  const { exitCode, stdout } = await run(script);
  expect(exitCode).toBe(0);
  const printed = stdout.slice(stdout.indexOf('<')).trimEnd();
  const [copyDir = '', runDir = ''] = [...printed.matchAll(/<([^<>]*)>/g)]
    .map(([, each]) => each)
    .slice(-2)
    .reverse();
  for (const folder of [copyDir, runDir]) {
    expect(statSync(folder).isDirectory()).toBe(true);
    rmdirSync(folder);
  }
  const words = [...hostile, `${copyDir}/it’s here`, runDir, copyDir];
  expect(printed).toBe(words.map((each) => `<${each}>`).join(''));
});

test('a statement goes to psql as it is, whatever its lines are, and the first error ends the script', async () => {
  const sql = `select '$HOME',\n'SQL_1\nSQL_1\n`;
  const script = planScript({
    summary: 'two acts',
    acts: [
      { step: 'ask', sql, as: 'operate' },
      { step: 'fail', argv: ['/bin/false'] },
      { step: 'never', argv: ['/usr/bin/printf', 'not reached'] },
    ],
  });
  // A psql that says what it was given.
  const { exitCode, stdout } = await run(script.replaceAll('psql --', 'psql() { /bin/cat; }; psql --'));
  expect(exitCode).toBe(1);
  expect(stdout).toContain(`select '$HOME',\n'SQL_1\nSQL_1;`);
  expect(stdout).not.toContain('not reached');
});
