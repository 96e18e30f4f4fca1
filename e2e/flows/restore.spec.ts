import type { Page } from '@playwright/test';
import { expect, signIn, test } from '@/e2e/fixtures/test';

/** Starts the plan that is open (its name typed where it asks) and waits until the run has succeeded. */
async function startIt(page: Page, button: RegExp, confirm?: string): Promise<void> {
  if (confirm) await page.getByLabel(`Type ${confirm} to confirm`).fill(confirm);
  await page.getByRole('button', { name: button }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.locator('[data-run-state=succeeded]')).toBeVisible({ timeout: 90_000 });
}

const planned = (page: Page) =>
  expect(page.getByRole('heading', { name: 'What will be done' })).toBeVisible({ timeout: 30_000 });

/** One asks for a second person, the other approves, the first starts it. */
async function byTwo(page: Page, other: Page, button: RegExp): Promise<void> {
  await planned(page);
  await page.getByLabel('Why this has to be done').fill('orders were deleted by mistake');
  await page.getByRole('button', { name: 'Ask for a second person' }).click();
  await expect(page.locator('[data-approval=asked]')).toBeVisible();
  await other.goto(page.url());
  await other.getByRole('button', { name: 'Approve this plan' }).click();
  await expect(page.locator('[data-approval=approved]')).toBeVisible({ timeout: 30_000 });
  await startIt(page, button, 'shop-eu');
}

test('a damaged database is restored beside, compared and swapped in; another person swaps it back', async ({
  page,
  console,
  browser,
  expectAccessible,
  keepPicture,
}) => {
  test.setTimeout(300_000);
  const count = async () => {
    const session = await console.watched.session('shop');
    const { rows } = await session.query('select count(*)::int as count from orders');
    await session.end();
    return rows[0]?.count;
  };
  await page.goto(`/jobs/logical-backup?clusterId=${console.clusterId}&database=shop`);
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await planned(page);
  await startIt(page, /^Back up a database on/);
  await console.watched.sql('shop', 'delete from orders where id <= 15000');

  await page.goto(`/clusters/${console.clusterId}`);
  await page.getByRole('link', { name: 'Restore', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'What happened?' })).toBeVisible();
  await expectAccessible();
  await keepPicture('restore-start', true);
  await page.getByText('A whole database is bad').click();
  await page.getByRole('combobox', { name: 'Dump' }).selectOption({ index: 1 });
  await expectAccessible();
  await keepPicture('restore-database', true);
  await page.getByRole('button', { name: 'Plan the restore beside' }).click();
  await planned(page);
  await expect(page.getByText(/template template0/).first()).toBeVisible();
  await startIt(page, /^Restore a database beside/);
  await expect(page.getByText(/pg_restore had no error/)).toBeVisible();
  await keepPicture('restore-run', true);
  const session = await console.watched.session('postgres');
  const { rows } = await session.query(`select datname from pg_database where datname like 'shop_restore%'`);
  await session.end();
  const restored = String(rows[0]?.datname);

  await page.goto(`/clusters/${console.clusterId}/restore?what=database&inUse=shop&restored=${restored}`);
  await expect(
    page.getByRole('combobox', { name: 'Restored database' }).getByRole('option', { name: restored }),
  ).toBeAttached({
    timeout: 90_000,
  });
  await page.getByRole('button', { name: 'Plan the swap' }).click();
  await planned(page);
  await expect(page.getByText('Sessions that will be ended')).toBeVisible();
  await expect(page.getByRole('row', { name: /public\.orders/ })).toContainText('20,000');
  await keepPicture('swap-plan', true);
  await expectAccessible();
  const second = await console.addPerson({ name: 'Sam Second', role: 'dba' });
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const other = await context.newPage();
  await signIn(other, second, console.address);
  await byTwo(page, other, /^Swap in a restored database/);
  expect(await count()).toBe(20_000);
  await keepPicture('swap-run', true);

  await other.goto(page.url());
  await other.getByRole('button', { name: 'Swap the former database back in' }).click();
  await other.waitForURL(/\/plans\//);
  await byTwo(other, page, /^Swap in a restored database/);
  expect(await count()).toBe(5_000);

  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/clusters/${console.clusterId}/restore?what=table`);
  await expect(page.getByRole('heading', { name: 'Rescue the table' })).toBeVisible();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
  await keepPicture('restore-390', true);
  await context.close();
});
