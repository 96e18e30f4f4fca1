import { expect, test } from '@/e2e/fixtures/test';

test('the range of an instance’s charts is in the URL: chosen, brushed, shifted, shared', async ({
  page,
  console,
}) => {
  await page.goto(`/instances/${console.instanceId}`);
  await expect(page.getByRole('heading', { name: 'shop-eu-1' })).toBeVisible();
  const range = page.getByRole('group', { name: 'Range' });
  await expect(range.getByRole('button', { name: '1h' })).toHaveAttribute('aria-pressed', 'true');

  await range.getByRole('button', { name: '15m' }).click();
  await expect(page).toHaveURL(/range=15m/);
  await page.reload();
  await expect(range.getByRole('button', { name: '15m' })).toHaveAttribute('aria-pressed', 'true');

  const chart = page.getByRole('figure', { name: 'Connections by state' });
  await expect(chart.getByRole('button', { name: /Active/ })).toBeVisible({ timeout: 45_000 });
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  if (!box) throw new Error('the chart has no box');
  await page.mouse.move(box.x + box.width * 0.5, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 60, { steps: 5 });
  await page.mouse.up();
  await expect(page).toHaveURL(/from=.*&to=|to=.*&from=/);
  const brushed = new URL(page.url()).searchParams;
  const length = (search: URLSearchParams) =>
    Date.parse(search.get('to') ?? '') - Date.parse(search.get('from') ?? '');
  expect(length(brushed)).toBeGreaterThan(60_000);
  expect(length(brushed)).toBeLessThan(15 * 60_000);

  await page.keyboard.press('[');
  await expect.poll(() => new URL(page.url()).searchParams.get('from')).not.toBe(brushed.get('from'));
  const shifted = new URL(page.url()).searchParams;
  expect(Date.parse(shifted.get('to') ?? '')).toBeLessThan(Date.parse(brushed.get('to') ?? ''));
  expect(length(shifted)).toBe(length(brushed));
  await page.goBack();
  expect(new URL(page.url()).searchParams.get('from')).toBe(brushed.get('from'));
  await page.getByRole('button', { name: 'Back to live' }).click();
  await expect(range.getByRole('button', { name: '1h' })).toHaveAttribute('aria-pressed', 'true');
});

test('every chart has its numbers as a table, and the SQL behind it can be read', async ({
  page,
  console,
}) => {
  await page.goto(`/instances/${console.instanceId}`);
  const chart = page.getByRole('figure', { name: 'Connections by state' });
  await chart
    .getByRole('button', { name: 'Show Connections by state as a table' })
    .click({ timeout: 45_000 });
  await expect(chart.getByRole('columnheader', { name: 'Idle in transaction' })).toBeVisible();
  await expect(chart.getByRole('cell').first()).not.toBeEmpty();
  await expect(page).toHaveURL(/\.as=table/);
  await page
    .getByRole('button', { name: /^About Connections/ })
    .first()
    .click();
  const about = page.getByRole('dialog');
  await expect(about).toContainText('pg_stat_activity');
  await page.keyboard.press('Escape');
  await expect(about).toBeHidden();
});

test('a foreign key without an index is a finding that leads to its table', async ({ page, console }) => {
  await page.goto(`/instances/${console.instanceId}`);
  const findings = page.locator('#findings');
  await expect(findings).toContainText(/orders/, { timeout: 90_000 });
  await findings.getByRole('link', { name: 'Foreign keys without an index' }).first().click();
  await expect(page).toHaveURL(/\/indexes/);
  await expect(page.locator('#keys')).toContainText('orders');
});

test('an instance’s page is accessible in both themes and fits every width', async ({
  page,
  console,
  expectAccessible,
}) => {
  await page.goto(`/instances/${console.instanceId}`);
  await expect(page.getByRole('figure', { name: 'Connections by state' })).toBeVisible({ timeout: 45_000 });
  for (const width of [1440, 1024, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await expect
      .poll(() =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      )
      .toBe(0);
  }
  await expectAccessible();
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible();
});
