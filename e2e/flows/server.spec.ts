import { expect, test } from '@/e2e/fixtures/test';

test('the server’s page says what runs, what each setting should be and why, at every width and in both themes', async ({
  page,
  console,
  expectAccessible,
  keepPicture,
}) => {
  await page.goto(`/instances/${console.instanceId}/server`);
  const settings = page.getByRole('region', { name: 'Settings with advice' });
  await expect(settings.getByRole('row', { name: /shared_buffers/ })).toContainText('A quarter', {
    timeout: 45_000,
  });
  await expect(page.getByRole('region', { name: 'Version' })).toContainText(/1\d\.\d+/);
  await expect(page.getByRole('region', { name: 'Extensions' })).toContainText('pg_stat_statements', {
    timeout: 45_000,
  });
  for (const [width, scheme] of [
    [1440, 'light'],
    [1440, 'dark'],
    [390, 'light'],
  ] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await expect.poll(overflow).toBe(0);
    await keepPicture(`server-${width}-${scheme}`, true);
    await expectAccessible();
  }
});

test('a link to a check that the server’s page draws leads there', async ({ page, console }) => {
  await page.goto(`/instances/${console.instanceId}#check-settings-advice`);
  await expect(page).toHaveURL(/\/server.*#check-settings-advice$/);
  await expect(page.locator('[id="check-settings-advice"]')).toBeInViewport();
});
