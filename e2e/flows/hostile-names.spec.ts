import { expect, test } from '@/e2e/fixtures/test';
import { hostileNames } from '@/e2e/fixtures/watched-server';

test('names of a watched server are shown as text, whatever they look like', async ({ page, console }) => {
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const session = await console.watched.session('oddities');
  await session.query(`set application_name = '${hostileNames.application}'`);
  await session.query('begin');
  await session.query('select txid_current()');

  const instance = `/instances/${console.instanceId}`;
  const isText = async () => {
    await expect(page.getByText(/could not be read|made a mistake/)).toHaveCount(0);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
  };
  await page.goto(`${instance}/indexes`);
  const indexes = page.getByRole('region', { name: 'Indexes', exact: true });
  await expect(indexes).toContainText(hostileNames.index, { timeout: 90_000 });
  await expect(indexes).toContainText(hostileNames.table);
  await expect(indexes).toContainText(hostileNames.schema);
  await isText();
  await page.goto(`${instance}/tables`);
  const table = page.getByRole('link', { name: hostileNames.table, exact: true });
  await expect(table).toBeVisible({ timeout: 90_000 });
  await isText();
  await table.click();
  await expect(page.getByRole('heading', { name: hostileNames.table })).toBeVisible();
  await isText();
  await page.goto(instance);
  const open = page.getByRole('region', { name: 'Transactions open for more than 5 s' });
  await expect(open).toContainText(hostileNames.application, { timeout: 45_000 });
  await isText();
  await page.goto(`${instance}/activity`);
  await expect(page.locator('#sessions')).toContainText(hostileNames.application, { timeout: 45_000 });
  await isText();
  for (const path of [`${instance}/queries`, `${instance}/locks`, `${instance}/server`, '/now', '/changes']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await isText();
  }
  await page.goto('/findings');
  await expect(page.getByRole('heading', { name: 'Findings' })).toBeVisible();
  await isText();
  expect(dialogs).toEqual([]);
  await session.query('rollback');
  await session.end();
});

test('people’s own names of clusters are text, too', async ({ page, console }) => {
  const name = `<b onmouseover="alert(3)">Q'Lab"</b>`;
  await page.request.post('/api/v1/clusters', {
    data: { name, environment: 'test' },
    headers: { origin: console.address },
  });
  await page.goto('/');
  await expect(page.getByRole('link', { name, exact: true })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Cluster, instance, page or job').fill("Q'Lab");
  // The ways to its pages name it, too.
  await expect(page.getByRole('option', { name: `${name} test`, exact: true })).toBeVisible();
});
