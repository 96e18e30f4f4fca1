import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readPlaywrightReport, readVitestReport, summarize } from '@/lib/local/test-reports';

function file(content: unknown): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'report-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const name = path.join(folder, 'report.json');
  writeFileSync(name, JSON.stringify(content));
  return name;
}

test('a file that could not be loaded and a skipped test are failures', () => {
  const report = file({
    testResults: [
      {
        name: '/product/lib/a.test.ts',
        status: 'passed',
        assertionResults: [{ fullName: 'adds', status: 'passed', duration: 1500 }],
      },
      { name: '/product/lib/b.test.ts', status: 'failed', assertionResults: [] },
      {
        name: '/product/lib/c.test.ts',
        status: 'passed',
        assertionResults: [{ fullName: 'later', status: 'skipped', duration: null }],
      },
    ],
  });
  expect(readVitestReport(report, '/product')).toEqual([
    { name: 'lib/a.test.ts: adds', passed: true, seconds: 1.5 },
    { name: 'lib/b.test.ts', passed: false, seconds: 0 },
    { name: 'lib/c.test.ts: later', passed: false, seconds: 0 },
  ]);
});

test('a flaky browser test is a failure', () => {
  const spec = (status: string) => ({
    title: status,
    file: 'flows/a.spec.ts',
    tests: [{ status, results: [{ duration: 200 }] }],
  });
  const report = file({
    suites: [{ title: 'a', specs: [spec('expected')], suites: [{ title: 'b', specs: [spec('flaky')] }] }],
  });
  expect(readPlaywrightReport(report).map(({ passed }) => passed)).toEqual([true, false]);
});

test('the last line counts, and the slowest come first', () => {
  const text = summarize([
    { name: 'quick', passed: true, seconds: 0.1 },
    { name: 'slow', passed: false, seconds: 9 },
  ]);
  expect(text.trimEnd().split('\n').at(-1)).toBe('1 passed, 1 failed');
  expect(text.indexOf('9.0 s  slow')).toBeLessThan(text.indexOf('0.1 s  quick'));
});
