import type { Page } from '@playwright/test';
import type { RunningConsole } from '@/e2e/fixtures/console';
import { expect, test } from '@/e2e/fixtures/test';

/** Asks the collector to read now, as the button does. */
async function collect(page: Page, instanceId: string): Promise<void> {
  const status = await page.evaluate(async (path) => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(path, { method: 'POST', headers, body: '{}' })).status;
  }, `/api/v1/instances/${instanceId}/collect`);
  expect(status).toBeLessThan(300);
}

/** A query that takes its time, run often enough to be the first of the list. */
async function runSlowQuery({ watched }: RunningConsole): Promise<void> {
  const shop = await watched.session('shop');
  for (let time = 0; time < 5; time += 1) {
    await shop.query(
      `select count(*) as slow_marker, pg_sleep(0.02) from orders where placed_at > now() - interval '1 hour'`,
    );
  }
  await shop.end();
}

test('from a slow query to its page, to why it cannot be planned, to its plan and its true times', async ({
  page,
  console,
  expectAccessible,
}) => {
  test.setTimeout(180_000);
  await page.goto(`/instances/${console.instanceId}/queries?search=slow_marker`);
  await expect(page.getByRole('heading', { name: 'Queries' })).toBeVisible({ timeout: 30_000 });
  // What is listed is what was counted between two readings.
  const row = page.getByRole('row', { name: /slow_marker/ });
  await expect(async () => {
    await collect(page, console.instanceId);
    await runSlowQuery(console);
    await expect(row).toBeVisible({ timeout: 10_000 });
  }).toPass({ timeout: 90_000 });
  await expect(page.getByText(/of database time accounted/)).toBeVisible();
  await expectAccessible();

  await row.click();
  await expect(page).toHaveURL(/\/queries\/-?\d+/);
  await expect(page.getByRole('figure', { name: 'Calls' })).toBeVisible({ timeout: 15_000 });
  await expect(page.getByLabel('Text of the query')).toContainText('slow_marker');

  const plan = page.locator('#plan');
  await plan.getByRole('button', { name: 'Show the plan' }).click();
  await expect(plan).toContainText('permission denied for table orders', { timeout: 20_000 });
  const grant = await plan.getByLabel('What mends it').textContent();
  expect(grant?.trim()).toBe('grant select on "public"."orders" to "plumbline_watch";');
  await console.watched.sql('shop', grant ?? '');
  await plan.getByRole('button', { name: 'Show the plan' }).click();
  await expect(plan.getByRole('row', { name: /Scan on orders/ })).toBeVisible({ timeout: 20_000 });
  await expect(page).toHaveURL(/plan=/);
  await page.reload();
  await expect(plan.getByRole('row', { name: /Scan on orders/ })).toBeVisible({ timeout: 20_000 });

  await plan.getByRole('button', { name: 'Execute and measure…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('This runs the query for real');
  await dialog.getByLabel('$1').fill('0.01');
  await dialog.getByLabel('$2').fill('1 hour');
  await dialog.getByRole('button', { name: 'Execute it on shop-eu-1' }).click();
  await expect(plan.getByRole('columnheader', { name: 'Rows actual' })).toBeVisible({ timeout: 20_000 });
  await expectAccessible();
  for (const width of [1440, 1024, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await expect
      .poll(() =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      )
      .toBe(0);
  }
  await console.watched.sql('shop', 'revoke select on orders from plumbline_watch');
});
