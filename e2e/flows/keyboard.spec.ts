import { expect, test } from '@/e2e/fixtures/test';

test('everything can be reached by keys: palette, go, sheet, filter, rows', async ({ page, console }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Fleet' })).toBeVisible();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+k');
  const palette = page.getByPlaceholder('Cluster, instance, page or job');
  await expect(palette).toBeFocused();
  await palette.fill('shop-eu-1');
  await expect(page.getByRole('option', { name: /shop-eu-1/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/instances/${console.instanceId}`));
  await expect(page.getByRole('heading', { level: 1, name: 'shop-eu-1' })).toBeVisible();

  await page.keyboard.press('g');
  await page.keyboard.press('n');
  await expect(page).toHaveURL(/\/now/);

  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await expect(page.getByRole('heading', { name: 'Fleet' })).toBeVisible();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Filter clusters' })).toBeFocused();
  await page.keyboard.type('nothing is called so');
  await expect(page).toHaveURL(/q=nothing/);
  await expect(page.getByText('No cluster matches.')).toBeVisible();
});

test('the first Tab offers the way past the navigation, and the theme is kept', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Fleet' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the page' })).toBeFocused();
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.keyboard.press('Escape');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  const background = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  expect(background).toBe('rgb(14, 17, 22)');
});
