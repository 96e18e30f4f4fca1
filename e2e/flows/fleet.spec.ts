import { expect, test } from '@/e2e/fixtures/test';

test('a server’s figures are on the fleet page and change by themselves', async ({
  page,
  console,
  expectAccessible,
}) => {
  await page.goto('/');
  const row = page.getByRole('listitem').filter({ hasText: 'shop-eu' }).first();
  await expect(row.getByRole('link', { name: 'shop-eu-1' })).toBeVisible();
  await expect(row).toContainText('primary', { timeout: 30_000 });
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(row.getByRole('img').first()).toBeVisible({ timeout: 45_000 });
  await expectAccessible();

  // A session that holds a transaction open makes its number grow on the page, without a reload.
  const before = await row.getByRole('img').first().getAttribute('aria-label');
  const session = await console.watched.session('shop');
  await session.query('select count(*) from generate_series(1, 100000)');
  await expect(row.getByRole('img').first()).not.toHaveAttribute('aria-label', before ?? '', {
    timeout: 45_000,
  });
  await session.end();
});

test('a dead server is named on the fleet page and comes back by itself', async ({ page, console }) => {
  await page.goto('/');
  const row = page.getByRole('listitem').filter({ hasText: 'shop-eu' }).first();
  await expect(row).toContainText('primary', { timeout: 30_000 });
  await console.watched.server.kill();
  await expect(row).toContainText('away, last seen', { timeout: 45_000 });
  await page.goto(`/instances/${console.instanceId}`);
  await expect(page.getByText('The server does not answer')).toBeVisible();
  await console.watched.server.restart();
  await expect(page.getByText('The server does not answer')).toBeHidden({ timeout: 60_000 });
});

test('without a worker the page says that it shows old news', async ({ page, console }) => {
  await page.goto('/');
  await expect(page.getByRole('link', { name: 'shop-eu', exact: true })).toBeVisible();
  await console.worker.stop();
  await expect(page.getByText('No worker is alive')).toBeVisible({ timeout: 45_000 });
  await console.worker.start();
  await expect(page.getByText('No worker is alive')).toBeHidden({ timeout: 45_000 });
});
