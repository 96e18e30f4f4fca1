import { expect, test } from '@/e2e/fixtures/test';

test('a check of one’s own goes from typing over its trial to a finding', async ({
  page,
  console,
  expectAccessible,
}) => {
  await console.watched.sql(
    'postgres',
    'create table public.waiting_orders (shop text, n int)',
    `insert into public.waiting_orders values ('nord <b>', 40), ('south', 3)`,
    'grant select on public.waiting_orders to plumbline_watch',
  );
  await page.goto('/checks');
  await expect(page.getByRole('cell', { name: 'Connections', exact: true })).toBeVisible();
  await expectAccessible();
  await page.getByRole('link', { name: 'Write a check' }).click();

  await page.getByLabel('Name', { exact: true }).fill('waiting-orders');
  await page.getByLabel('Title').fill('Waiting orders');
  await page.getByLabel('Query', { exact: true }).fill('select shop, n from public.nothing');
  await page.getByLabel('Every, in s').fill('10');
  const column = (at: number) => page.getByRole('group', { name: `Column ${at}` });
  await column(1).getByLabel('Name in the query').fill('shop');
  await column(1).getByLabel('What it is').selectOption('key');
  await page.getByRole('button', { name: 'Add a column' }).click();
  await column(2).getByLabel('Name in the query').fill('n');
  await page.getByRole('button', { name: 'Add a threshold' }).click();
  await page.getByLabel('Warning at').fill('10');
  await page.getByLabel('Sentence').fill('{n} orders of {shop} wait.');

  await page.getByRole('button', { name: 'Try it' }).click();
  await expect(page.getByText('relation "public.nothing" does not exist')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('button', { name: 'Save and switch on' })).toBeDisabled();
  await page.getByLabel('Query', { exact: true }).fill('select shop, n from public.waiting_orders');
  await page.getByRole('button', { name: 'Try it' }).click();
  await expect(page.getByText('40 orders of nord <b> wait.')).toBeVisible({ timeout: 30_000 });
  await expectAccessible();
  await page.getByRole('button', { name: 'Save and switch on' }).click();

  await expect(page).toHaveURL(/\/checks\/own\/waiting-orders/);
  const found = page
    .locator('section')
    .filter({ has: page.getByRole('heading', { name: 'What it found', exact: true }) });
  await expect(found.getByText('40 orders of nord <b> wait.')).toBeVisible({ timeout: 45_000 });
  await page.goto(`/instances/${console.instanceId}#check-own/waiting-orders`);
  await page.getByRole('button', { name: 'About Waiting orders' }).first().click({ timeout: 45_000 });
  await expect(page.getByRole('dialog')).toContainText('public.waiting_orders');
});
