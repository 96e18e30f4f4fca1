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

async function runQuery({ watched }: RunningConsole): Promise<void> {
  const shop = await watched.session('shop');
  for (let courier = 0; courier < 20; courier += 1)
    await shop.query('select id as parcel_marker from parcels where courier = $1', [courier]);
  await shop.query('select pg_stat_force_next_flush()').catch(() => undefined);
  await shop.end();
}

test('from a slow query to an index that is proven, made, and used', async ({
  page,
  console,
  expectAccessible,
  keepPicture,
}) => {
  test.setTimeout(240_000);
  const { sql } = console.watched;
  await sql(
    'shop',
    'create extension hypopg',
    'create table parcels (id bigint primary key, courier int not null, weight int not null)',
    'insert into parcels select n, n % 3000, n from generate_series(1, 60000) as n',
    'create index parcels_weight_idx on parcels (weight)',
    'create index parcels_weight_twin on parcels (weight)',
    'analyze parcels',
  );
  // What is advised on is what was counted between two readings.
  await page.goto(`/instances/${console.instanceId}/queries?search=parcel_marker`);
  const row = page.getByRole('row', { name: /parcel_marker/ });
  await expect(async () => {
    await collect(page, console.instanceId);
    await runQuery(console);
    await expect(row).toBeVisible({ timeout: 10_000 });
  }).toPass({ timeout: 90_000 });

  // Held until what is being typed stands in the address, which Next takes for a navigation: the link's must live on.
  await page.route(/indexes\?_rsc/, async (held) => {
    await page.waitForURL(/search=parcel_m(&|$)/);
    await held.continue();
  });
  await page.getByRole('searchbox', { name: 'Search in all texts and query ids' }).fill('parcel_m');
  await page.getByRole('link', { name: 'Indexes', exact: true }).click();
  await page.waitForURL(/\/indexes$/);
  await expect(page.getByText('No advice yet')).toBeVisible({ timeout: 20_000 });
  await expect(page.locator('#indexes').getByRole('row', { name: /parcels_weight_twin/ })).toContainText(
    'Duplicate',
    {
      timeout: 60_000,
    },
  );
  await expect(page.locator('#keys').getByRole('row', { name: /orders.*customer_id/ })).toContainText(
    'No index',
  );
  await page.getByRole('link', { name: 'Advise indexes' }).click();
  await page.waitForURL(/\/jobs\//);
  await expect(page.getByLabel('Database').getByRole('option', { name: 'shop' })).toBeAttached();
  await page.getByLabel('Database').selectOption({ label: 'shop' });
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await expect(page.getByRole('heading', { name: 'What will be done' })).toBeVisible({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Advise indexes on shop-eu-1' }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.locator('[data-run-state=succeeded]')).toBeVisible({ timeout: 60_000 });

  await page.goto(`/instances/${console.instanceId}/indexes`);
  const advice = page.getByRole('article', { name: 'create index on "public"."parcels" ("courier")' });
  await expect(advice).toContainText('Proven', { timeout: 20_000 });
  await expect(advice.getByRole('row', { name: /parcel_marker/ })).toContainText(' %');
  await page.getByText(/could not be planned/).click();
  for (const [width, scheme] of [
    [1024, 'light'],
    [1440, 'dark'],
    [390, 'light'],
  ] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await expect.poll(overflow).toBe(0);
    await keepPicture(`indexes-${width}-${scheme}`, true);
  }
  await expectAccessible();
  await page.setViewportSize({ width: 1440, height: 900 });

  await advice.getByRole('link', { name: 'Plan this index' }).click();
  await page.waitForURL(/\/jobs\//);
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await expect(page.getByLabel(/^SQL of step/).first()).toContainText(
    'create index concurrently "parcels_courier_idx" on "public"."parcels" ("courier")',
    { timeout: 30_000 },
  );
  await page.getByLabel('Type shop-eu to confirm').fill('shop-eu');
  await page.getByRole('button', { name: 'Create an index on shop-eu-1' }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.locator('[data-run-state=succeeded]')).toBeVisible({ timeout: 60_000 });

  await page.goto(`/instances/${console.instanceId}/indexes`);
  const made = page.locator('#indexes').getByRole('row', { name: /parcels_courier_idx/ });
  await expect(async () => {
    await runQuery(console);
    await collect(page, console.instanceId);
    await page.reload();
    await expect(made).toContainText('In use', { timeout: 5_000 });
  }).toPass({ timeout: 60_000 });
  await expect(advice).toContainText('Created');
});
