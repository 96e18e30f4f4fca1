import type { Page } from '@playwright/test';
import { expect, test } from '@/e2e/fixtures/test';

/** Waits on a run's page until it has ended, and says how. */
async function endOfRun(page: Page): Promise<string> {
  const ended = page.locator(
    '[data-run-state=succeeded], [data-run-state=failed], [data-run-state=cancelled]',
  );
  await expect(ended).toBeVisible({ timeout: 90_000 });
  return (await ended.getAttribute('data-run-state')) ?? '';
}

/** Makes the plan of the form that is open, reads it, starts it and waits for the end of the run. */
async function planAndRun(page: Page, button: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await expect(page.getByRole('heading', { name: 'What will be done' })).toBeVisible({ timeout: 30_000 });
  await page.getByRole('button', { name: button }).click();
  await page.waitForURL(/\/runs\//);
  expect(await endOfRun(page)).toBe('succeeded');
}

test('a backup from the page is drilled, and its proof turns the scorecard green', async ({
  page,
  console,
  expectAccessible,
}) => {
  test.setTimeout(300_000);
  await page.goto(`/scorecard/${console.clusterId}`);
  const criterion = (id: string) => page.locator(`li[data-criterion="${id}"]`);
  await expect(criterion('backup-age')).toHaveAttribute('data-state', 'unknown', { timeout: 30_000 });
  await expect(criterion('drill-age')).toHaveAttribute('data-state', 'unknown');
  await expectAccessible();

  await page.goto('/backups');
  await expect(page.getByText('No backup yet')).toBeVisible();
  await page.getByRole('link', { name: 'Back up a database' }).first().click();
  await page.waitForURL(/\/jobs\//);
  await page.getByLabel('Cluster', { exact: true }).selectOption({ label: 'shop-eu (production)' });
  await expect(page.getByLabel('Database').getByRole('option', { name: 'shop' })).toBeAttached({
    timeout: 60_000,
  });
  await page.getByLabel('Database').selectOption({ label: 'shop' });
  await expectAccessible();
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await expect(page.getByRole('heading', { name: 'What will be done' })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByLabel('Command of step dump')).toContainText('pg_dump');
  await expect(page.getByLabel('Command of step dump')).not.toContainText(console.watched.watchPassword);
  await expectAccessible();
  await page.getByRole('button', { name: 'Back up a database on shop-eu-1' }).click();
  await page.waitForURL(/\/runs\//);
  expect(await endOfRun(page)).toBe('succeeded');
  await expect(page.locator('[data-verdict=pass]')).toBeVisible();
  await expect(page.getByRole('cell', { name: 'orders' })).toBeVisible();
  await expect(page.getByRole('cell', { name: '20,000' })).toBeVisible();
  await expect(page.getByLabel('Log lines')).toContainText('pg_dump');
  await expectAccessible();

  await page.getByRole('link', { name: 'Open the backup' }).click();
  await expect(page.getByText('Never drilled')).toBeVisible();
  await expectAccessible();
  await page.getByRole('link', { name: 'Drill a backup' }).click();
  await page.waitForURL(/\/jobs\//);
  await planAndRun(page, /^Drill a backup on/);
  await expect(page.locator('[data-verdict=pass]')).toBeVisible();
  await expect(page.getByRole('row', { name: /row-counts.*Pass/ })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Not checked' })).toBeVisible();
  await expectAccessible();

  // Every database counts: one of two proves nothing of the cluster.
  await page.goto(`/scorecard/${console.clusterId}`);
  await expect(criterion('backup-age')).toContainText('No backup of oddities', { timeout: 30_000 });
  await expect(criterion('backup-age')).toHaveAttribute('data-state', 'unknown');

  await page.goto(`/jobs/logical-backup?clusterId=${console.clusterId}&database=oddities`);
  await planAndRun(page, /^Back up a database on/);
  await page.getByRole('link', { name: 'Open the backup' }).click();
  await page.getByRole('link', { name: 'Drill a backup' }).click();
  await page.waitForURL(/\/jobs\//);
  await planAndRun(page, /^Drill a backup on/);

  await page.goto('/scorecard');
  // Of our cluster: other flows leave theirs in the matrix.
  const cellOf = (id: string) => page.locator(`a[data-criterion="${id}"][href*="${console.clusterId}"]`);
  const cell = cellOf('drill-age');
  await expect(cell).toHaveAttribute('data-state', 'pass', { timeout: 30_000 });
  await expect(cellOf('backup-age')).toHaveAttribute('data-state', 'pass');
  await expect(cellOf('restore-time')).toHaveAttribute('data-state', 'pass');
  await expectAccessible();

  // The evidence is two clicks away.
  await cell.click();
  await expect(page.getByRole('heading', { name: 'Restore drill of shop-eu' })).toBeVisible();
  await expectAccessible();
  await page.getByRole('link', { name: 'Drill of shop: pass' }).first().click();
  await expect(page.getByRole('heading', { name: 'Drill of the backup of shop' })).toBeVisible();
  await expect(page.getByRole('row', { name: /foreign-keys.*Pass/ })).toBeVisible();
  await expectAccessible();
});

test('a backup runs by itself on a schedule that says in words when', async ({
  page,
  console,
  expectAccessible,
}) => {
  await page.goto('/schedules');
  await expect(page.getByText('Nothing runs by itself yet')).toBeVisible();
  await page.goto(`/schedules/new/logical-backup?clusterId=${console.clusterId}&database=shop`);
  await page.getByLabel('Cron line').fill('15 3 * * 1-5');
  await page.getByLabel('Time zone').selectOption('Europe/Vienna');
  await expect(page.getByText('In words: at 03:15, from Monday to Friday.')).toBeVisible();
  const moments = page.locator('[data-next-fires] li');
  await expect(moments).toHaveCount(5);
  await expect(moments.first()).toContainText('03:15');
  await expectAccessible();
  await page.getByLabel('Cron line').fill('15 3 * *');
  await expect(page.getByText(/needs five fields/)).toBeVisible();
  await page.getByLabel('Cron line').fill('15 3 * * 1-5');
  await page.getByRole('button', { name: 'Add the schedule' }).click();
  await page.waitForURL(/\/schedules\/[0-9a-f-]{36}/);
  await expect(page.getByText('It has not fired yet.')).toBeVisible();
  await expectAccessible();
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Nothing while it is paused.')).toBeVisible();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Remove the schedule' }).click();
  await page.waitForURL(/\/schedules$/);
  await expect(page.getByText('Nothing runs by itself yet')).toBeVisible();
});
