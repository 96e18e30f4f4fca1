import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** One test that ran, or one stage that counts as a test. */
export interface TestOutcome {
  name: string;
  passed: boolean;
  seconds: number;
}

const vitestSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), duration: z.number().nullish() }),
      ),
    }),
  ),
});

function relative(file: string, root: string): string {
  return file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file;
}

/** Vitest's JSON report. A file that could not even be loaded is one failed test; a skipped one is no pass. */
export function readVitestReport(file: string, root: string): TestOutcome[] {
  const report = vitestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return report.testResults.flatMap((result) => {
    const name = relative(result.name, root);
    if (result.assertionResults.length === 0)
      return [{ name, passed: result.status === 'passed', seconds: 0 }];
    return result.assertionResults.map((test) => ({
      name: `${name}: ${test.fullName}`,
      passed: test.status === 'passed',
      seconds: (test.duration ?? 0) / 1000,
    }));
  });
}

interface PlaywrightSuite {
  title: string;
  specs: { title: string; file: string; tests: { status: string; results: { duration: number }[] }[] }[];
  suites?: PlaywrightSuite[];
}

const playwrightSuiteSchema: z.ZodType<PlaywrightSuite> = z.lazy(() =>
  z.object({
    title: z.string(),
    specs: z.array(
      z.object({
        title: z.string(),
        file: z.string(),
        tests: z.array(
          z.object({ status: z.string(), results: z.array(z.object({ duration: z.number() })) }),
        ),
      }),
    ),
    suites: z.array(playwrightSuiteSchema).optional(),
  }),
);

/** Playwright's JSON report. A test that passed at a second try only is flaky, and that is a failure. */
export function readPlaywrightReport(file: string): TestOutcome[] {
  const report = z
    .object({ suites: z.array(playwrightSuiteSchema) })
    .parse(JSON.parse(readFileSync(file, 'utf8')));
  const fromSuite = (suite: PlaywrightSuite): TestOutcome[] => [
    ...suite.specs.flatMap((spec) =>
      spec.tests.map((test) => ({
        name: `e2e/${spec.file}: ${spec.title}`,
        passed: test.status === 'expected',
        seconds: test.results.reduce((sum, result) => sum + result.duration, 0) / 1000,
      })),
    ),
    ...(suite.suites ?? []).flatMap(fromSuite),
  ];
  return report.suites.flatMap(fromSuite);
}

/** What is said at the end: failures by name, the ten slowest, and the counts on a line of their own. */
export function summarize(outcomes: TestOutcome[]): string {
  const failed = outcomes.filter((outcome) => !outcome.passed);
  const slowest = [...outcomes].sort((a, b) => b.seconds - a.seconds).slice(0, 10);
  return [
    ...(failed.length > 0 ? ['', 'Failed:', ...failed.map((outcome) => `  ${outcome.name}`)] : []),
    '',
    'Slowest:',
    ...slowest.map((outcome) => `  ${outcome.seconds.toFixed(1).padStart(6)} s  ${outcome.name}`),
    '',
    `${outcomes.length - failed.length} passed, ${failed.length} failed`,
    '',
  ].join('\n');
}
