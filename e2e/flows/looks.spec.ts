import type { Page } from '@playwright/test';
import { expect, test } from '@/e2e/fixtures/test';

/** Nothing may stick out of the page to the right, at any of the widths that it is made for. */
async function expectNoOverflow(page: Page): Promise<void> {
  await expect
    .poll(() =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
    )
    .toBe(0);
}

const looks = [
  { width: 1440, scheme: 'light' },
  { width: 1440, scheme: 'dark' },
  { width: 1024, scheme: 'light' },
  { width: 390, scheme: 'dark' },
] as const;

const pages = [
  { name: 'fleet', path: '/', heading: 'Fleet' },
  { name: 'findings', path: '/findings', heading: 'Findings' },
  { name: 'now', path: '/now', heading: 'Now' },
  { name: 'changes', path: '/changes', heading: 'Changes' },
  { name: 'clusters', path: '/clusters', heading: 'Clusters' },
  { name: 'workers', path: '/workers', heading: 'Workers' },
  { name: 'jobs', path: '/jobs', heading: 'Jobs' },
  { name: 'runs', path: '/runs', heading: 'Runs' },
  { name: 'backups', path: '/backups', heading: 'Backups' },
  { name: 'schedules', path: '/schedules', heading: 'Schedules' },
  { name: 'scorecard', path: '/scorecard', heading: 'Scorecard' },
] as const;

for (const { name, path, heading } of pages) {
  test(`${name} is finished in both themes, at every width, for every reader`, async ({
    page,
    expectAccessible,
    keepPicture,
  }) => {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
    for (const { width, scheme } of looks) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 900 });
      await expectNoOverflow(page);
      await keepPicture(`${name}-${width}-${scheme}`);
      if (width !== 1024) await expectAccessible();
    }
  });
}
