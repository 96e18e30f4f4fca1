import { Client } from 'pg';
import { expect, test } from '@/e2e/fixtures/test';

test('from the load and a finding to the root blocker, who is ended and gone', async ({
  page,
  console,
  expectAccessible,
  keepPicture,
}) => {
  test.setTimeout(180_000);
  await console.watched.sql(
    'shop',
    `create role shop_app login password 'app-password'`,
    'grant update, select on customers to shop_app',
  );
  const open = async () => {
    const client = new Client({
      connectionString: console.watched.server.url('shop', 'shop_app', 'app-password'),
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const [root, waiter] = [await open(), await open()];
  await root.query('begin');
  await root.query('update customers set name = name where id = 1');
  const waiting = waiter.query('update customers set name = name where id = 1');

  // Every second of the wait is load; the list shows both, and a click on a slice narrows the page to it.
  await page.goto(`/instances/${console.instanceId}/activity`);
  await expect(page.getByRole('figure', { name: 'Average active sessions' })).toBeVisible({
    timeout: 60_000,
  });
  await page.getByRole('combobox', { name: 'Largest by' }).selectOption('wait');
  await page.getByRole('table').getByRole('button', { name: 'Lock:transactionid' }).click();
  await expect(page).toHaveURL(/only\.wait=Lock/);
  const sessions = page.locator('#sessions');
  await expect(sessions.getByRole('row', { name: /shop_app.*idle in transaction/ })).toBeVisible();
  await expectAccessible();
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible();
  await page.emulateMedia({ colorScheme: 'light' });
  const expectFit = async (name: string) => {
    for (const width of [390, 1024, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await expect
        .poll(() =>
          page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
        )
        .toBe(0);
      await keepPicture(`${name}-${width}`, true);
    }
  };
  await expectFit('load');

  // What burns leads to the tree.
  await page.goto('/now');
  await page.getByRole('link', { name: 'Who blocks whom' }).first().click({ timeout: 60_000 });
  await expect(page).toHaveURL(/\/locks/);
  const tree = page.getByRole('list', { name: 'Blocking tree' });
  await expect(tree).toContainText('of shop_app in shop');
  await expect(tree).toContainText('1 victim');
  await expectFit('locks');
  await expectAccessible();

  // It is idle in its transaction: there is nothing that could be cancelled.
  await expect(tree.getByRole('button', { name: /^Cancel process/ })).toHaveCount(1);
  // Two clicks: the plan says who is hit, then it is done.
  await tree
    .getByRole('button', { name: /^End process/ })
    .first()
    .click();
  await expect(page.getByText('Waiters behind it')).toBeVisible({ timeout: 30_000 });
  await page.getByRole('button', { name: /^End a session on/ }).click();
  await expect(page.locator('[data-run-state=succeeded]')).toBeVisible({ timeout: 60_000 });
  await waiting;
  await page.goto(`/instances/${console.instanceId}/locks`);
  await expect(page.getByText('Nobody waits for a lock')).toBeVisible({ timeout: 45_000 });
  await expect(page.getByRole('row', { name: /Over.*of shop_app in shop/ })).toBeVisible();
  await Promise.all([root.end().catch(() => undefined), waiter.end()]);
});
