import { expect, test } from '@/e2e/fixtures/test';

test('a table with unreadable statistics says unknown, shows the GRANT, and is known once that is run', async ({
  page,
  console,
  expectAccessible,
}) => {
  const name = 'ledger <b>"';
  await console.watched.sql(
    'shop',
    'create table "ledger <b>""" (id bigint primary key, note text)',
    `insert into "ledger <b>""" select n, repeat('x', 100) from generate_series(1, 30000) as n`,
    'vacuum analyze "ledger <b>"""',
  );
  const collect = () =>
    page.request.post(`/api/v1/instances/${console.instanceId}/collect`, {
      headers: { origin: console.address },
      data: {},
    });
  await collect();
  await page.goto(`/instances/${console.instanceId}/tables`);
  const list = page.getByRole('region', { name: 'Tables', exact: true });
  const row = list.getByRole('row').filter({ hasText: name });
  await expect(async () => {
    await page.reload();
    await expect(row).toContainText('unknown', { timeout: 3_000 });
  }).toPass({ timeout: 60_000 });
  await expect(row).toContainText('statistics of its columns cannot be read by this login');
  for (const width of [1440, 1024, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await expect
      .poll(() =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      )
      .toBe(0);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await expectAccessible();

  await row.getByRole('link', { name }).click();
  const grant = page.getByRole('region', { name: 'What makes the dead space known' });
  await expect(grant).toContainText('grant usage on schema plumbline to plumbline_watch;');
  await console.watched.sql('shop', await grant.innerText());
  await collect();
  await expect(async () => {
    await page.reload();
    await expect(page.getByText(/\(estimate, \d/)).toBeVisible({ timeout: 3_000 });
  }).toPass({ timeout: 60_000 });
  await expect(grant).toHaveCount(0);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible();
});
