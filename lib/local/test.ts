import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import { installCommand, installPackages } from '@/lib/local/debian';
import { findPrerequisites, installedLines } from '@/lib/local/prerequisites';
import { createProgress, type LaunchContext, type Progress } from '@/lib/local/progress';
import { startReaper } from '@/lib/local/reaper';
import { waitForEnd } from '@/lib/local/shutdown';
import {
  readPlaywrightReport,
  readVitestReport,
  summarize,
  type TestOutcome,
} from '@/lib/local/test-reports';
import { runTool } from '@/lib/tools/process';
import { findProgram } from '@/lib/tools/programs';

const stageDeadlineMs = 45 * 60_000;
/** A folder of its own: a console that runs from .next meanwhile must not lose its pages. */
const distDir = '.next-test';

interface Bench {
  root: string;
  reports: string;
  progress: Progress;
}

/**
 * `npm test` after packages and bundles: lint, types, production build, unit and integration tests, browser tests.
 * `npm test -- lint types build unit e2e` runs only the named ones. The last line is `N passed, N failed`; returns 1
 * when anything failed.
 */
export async function main(args: string[], context: LaunchContext): Promise<number> {
  const progress = createProgress(context);
  waitForEnd(context.watchParent).then(() => process.exit(130));
  startReaper(3_000);
  const bench = {
    root: context.root,
    progress,
    reports: mkdtempSync(path.join(tmpdir(), 'plumbline-reports-')),
  };
  const wanted = (stage: string) => args.length === 0 || args.includes(stage);
  const outcomes: TestOutcome[] = [];
  try {
    if (wanted('unit') || wanted('e2e')) {
      progress.step('Programs');
      await findPrerequisites(progress, true, true);
    }
    const together = async (...stages: Promise<TestOutcome[]>[]) =>
      outcomes.push(...(await Promise.all(stages)).flat());
    const none = Promise.resolve([]);
    await together(wanted('lint') ? lint(bench) : none, wanted('build') ? build(bench) : none);
    // Tests wait for most of their time, and the compiler has one processor. Not beside the build, which writes types.
    await together(wanted('types') ? types(bench) : none, wanted('unit') ? unit(bench) : none);
    if (wanted('e2e')) outcomes.push(...(await e2e(bench)));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    if (error instanceof PlumblineError && error.next) process.stderr.write(`${error.next}\n`);
    outcomes.push({ name: 'the test run itself', passed: false, seconds: 0 });
  } finally {
    rmSync(bench.reports, { recursive: true, force: true });
  }
  process.stdout.write(summarize(outcomes));
  return outcomes.every((outcome) => outcome.passed) ? 0 : 1;
}

/** Runs a program that counts as one test; what it said is shown when it fails. */
async function stage(
  bench: Bench,
  name: string,
  argv: [string, ...string[]],
  env: Record<string, string> = {},
): Promise<TestOutcome> {
  const result = await runTool({ argv, cwd: bench.root, env: childEnv(env), deadlineMs: stageDeadlineMs });
  const passed = result.exitCode === 0;
  const seconds = result.elapsedMs / 1000;
  bench.progress.step(`${name}: ${passed ? 'passed' : 'FAILED'} (${seconds.toFixed(1)} s)`);
  if (!passed) process.stdout.write(`${result.stdout}${result.stderr}\n`);
  return { name, passed, seconds };
}

function childEnv(extra: Record<string, string>): Record<string, string> {
  return {
    NEXT_TELEMETRY_DISABLED: '1',
    // Playwright and next keep caches below it.
    HOME: process.env.HOME ?? '/root',
    ...(process.env.CI ? { CI: process.env.CI } : {}),
    ...extra,
  };
}

const bin = (bench: Bench, name: string) => path.join(bench.root, 'node_modules', '.bin', name);

async function lint(bench: Bench): Promise<TestOutcome[]> {
  return [await stage(bench, 'lint', [bin(bench, 'biome'), 'check', '--error-on-warnings'])];
}

async function types(bench: Bench): Promise<TestOutcome[]> {
  // The types of routes and of next itself are generated, and a fresh clone has none yet.
  const generated = await stage(bench, 'route types', [bin(bench, 'next'), 'typegen']);
  if (!generated.passed) return [generated];
  return [generated, await stage(bench, 'types', [bin(bench, 'tsc'), '--noEmit', '-p', bench.root])];
}

async function build(bench: Bench): Promise<TestOutcome[]> {
  const env = { NODE_ENV: 'production', PLUMBLINE_DIST_DIR: distDir };
  return [await stage(bench, 'production build', [bin(bench, 'next'), 'build'], env)];
}

/** Shows a runner's lines as they come and reads its report; a runner that failed without one is a failure. */
async function runner(
  bench: Bench,
  name: string,
  argv: [string, ...string[]],
  env: Record<string, string>,
  read: () => TestOutcome[],
): Promise<TestOutcome[]> {
  bench.progress.step(name);
  const show = (line: string) => process.stdout.write(`${line}\n`);
  const result = await runTool({
    argv,
    cwd: bench.root,
    env: childEnv(env),
    onStdout: show,
    onStderr: show,
    deadlineMs: stageDeadlineMs,
  });
  let outcomes: TestOutcome[] = [];
  try {
    outcomes = read();
  } catch (error) {
    show(`${name}: no readable report (${messageOf(error)})`);
  }
  const isFailureTold = outcomes.some((outcome) => !outcome.passed);
  if (outcomes.length === 0 || (result.exitCode !== 0 && !isFailureTold)) {
    outcomes.push({ name: `${name}: ended with code ${result.exitCode}`, passed: false, seconds: 0 });
  }
  return outcomes;
}

function unit(bench: Bench): Promise<TestOutcome[]> {
  const report = path.join(bench.reports, 'vitest.json');
  return runner(
    bench,
    'unit and integration tests',
    [
      bin(bench, 'vitest'),
      'run',
      '--config=lib/testing/vitest.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    { NO_COLOR: '1' },
    () => readVitestReport(report, bench.root),
  );
}

async function findChromium(progress: Progress): Promise<string> {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const find = () => names.map(findProgram).find((program) => program !== undefined);
  const found = find();
  if (found) return found;
  if (process.getuid?.() !== 0) {
    throw new PlumblineError('not-supported', 'Chromium is missing; the browser tests need it.', {
      next: `Run this and start again:\n\n    ${installCommand(['chromium'])}\n`,
    });
  }
  progress.note('installing chromium from Debian');
  for (const line of installedLines(await installPackages(['chromium']), ['chromium'])) progress.note(line);
  const installed = find();
  if (!installed) throw new PlumblineError('not-supported', 'Chromium was not found after its installation.');
  return installed;
}

async function e2e(bench: Bench): Promise<TestOutcome[]> {
  const config = path.join(bench.root, 'e2e/playwright.config.ts');
  if (!existsSync(config)) return [];
  const report = path.join(bench.reports, 'playwright.json');
  return runner(
    bench,
    'browser tests',
    [bin(bench, 'playwright'), 'test', `--config=${config}`, '--reporter=list,json'],
    {
      PLAYWRIGHT_JSON_OUTPUT_NAME: report,
      PLUMBLINE_CHROMIUM: await findChromium(bench.progress),
      PLUMBLINE_DIST_DIR: distDir,
      NO_COLOR: '1',
    },
    () => readPlaywrightReport(report),
  );
}
