import type { Page } from '@playwright/test';
import type { RunningConsole } from '@/e2e/fixtures/console';
import { expect, signIn, test } from '@/e2e/fixtures/test';
import { newId } from '@/lib/base/ids';
import { jobsSchema } from '@/lib/contract/jobs';

const nobody = { storageState: { cookies: [], origins: [] } };

/** A plan that needs two people, as a worker would have made it for somebody. */
async function readyPlan(page: Page, { db, clusterId, dba: { email } }: RunningConsole): Promise<string> {
  const kinds = jobsSchema.parse(await (await page.request.get('/api/v1/jobs')).json());
  const job = kinds.items.find(({ twoPeople }) => twoPeople);
  const by = await db
    .selectFrom('users')
    .select(['id', 'name'])
    .where('email', '=', email)
    .executeTakeFirst();
  const place = { id: newId(), kind: job?.id ?? '', cluster_id: clusterId };
  const input = JSON.stringify({ database: 'shop' });
  await db
    .insertInto('plan_requests')
    .values({ ...place, input, requested_by: by?.id ?? null, requested_by_name: by?.name ?? '' })
    .execute();
  const parts = { params: {}, warnings: [], blockers: [], estimates: [], lockKeys: [], pastDurations: [] };
  const document = {
    summary: 'Put the copy in the place of shop.',
    acts: [{ step: 'swap', sql: 'alter …' }],
  };
  const made = { state: 'ready' as const, hash: 'a-hash-of-what-was-read', worker_name: 'w' };
  await db
    .insertInto('plans')
    .values({
      ...place,
      ...made,
      definition_version: job?.version ?? 0,
      document: JSON.stringify({ ...document, ...parts }),
      planned_at: new Date(),
    })
    .execute();
  return place.id;
}

test('one person asks, another approves, the first starts; alone it takes broken glass, which another reviews', async ({
  page,
  console,
  browser,
  expectAccessible,
  keepPicture,
}) => {
  test.setTimeout(120_000);
  const planId = await readyPlan(page, console);
  await page.goto(`/plans/${planId}`);
  await expect(page.getByText('another person has to approve it')).toBeVisible();
  await page.getByLabel('Why this has to be done').fill('orders are gone since noon');
  await page.getByRole('button', { name: 'Ask for a second person' }).click();
  await expect(page.locator('[data-approval=asked]')).toBeVisible();
  await expect(page.getByText('It waits for a second person.')).toBeVisible();
  await expectAccessible();
  await keepPicture('asked', true);

  const berta = await console.addPerson({ name: 'Berta Beside', role: 'dba' });
  const context = await browser.newContext(nobody);
  const other = await context.newPage();
  await signIn(other, berta, console.address);
  await other.goto(`${console.address}/now`);
  await other.getByRole('cell', { name: 'orders are gone since noon' }).click();
  await expect(other).toHaveURL(new RegExp(planId));
  await other.getByRole('button', { name: 'Approve this plan' }).click();
  await expect(other.locator('[data-approval=approved]')).toContainText('Approved by Berta Beside');

  await expect(page.locator('[data-approval=approved]')).toBeVisible();
  await page.getByLabel(/^Type shop-eu to confirm/).fill('shop-eu');
  await keepPicture('approved', true);
  await page.getByRole('button', { name: / on shop-eu$/ }).click();
  await page.waitForURL(/\/runs\//);

  // At night, alone.
  const alone = await readyPlan(page, console);
  await page.goto(`/plans/${alone}`);
  await page.getByRole('button', { name: 'Break the glass' }).click();
  const dialog = page.getByRole('dialog', { name: 'Break the glass' });
  await dialog.getByLabel('Why nobody can be waited for').fill('nobody answers at three o’clock');
  await dialog.getByLabel('Type shop-eu to confirm').fill('shop-eu');
  await expectAccessible();
  await keepPicture('glass');
  await dialog.getByRole('button', { name: / alone$/ }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.getByText('Dora Dba broke the glass on shop-eu')).toBeVisible();

  await other.goto(`${console.address}/alerts`);
  const alert = other.getByRole('row', { name: /Dora Dba broke the glass/ });
  await expect(alert).toContainText('Nobody', { timeout: 30_000 });
  await expect(other.getByText('Nobody is told of any')).toBeVisible();
  await expectAccessible(other);

  await other.goto(`${console.address}/approvals`);
  await other.locator('tbody').getByRole('button', { name: 'Review' }).click();
  await other.getByLabel('What you found').fill('right: the database was gone');
  await expectAccessible(other);
  await other.getByRole('button', { name: 'I have reviewed it' }).click();
  await expect(other.getByText('By Berta Beside')).toBeVisible();
  await expect(other.getByText('broke the glass on')).toBeHidden();
  await context.close();
});

test('a channel is added, tried, and says what went wrong', async ({
  page,
  expectAccessible,
  keepPicture,
}) => {
  test.setTimeout(90_000);
  await page.goto('/admin/channels');
  await expect(page.getByText('Nobody is told yet')).toBeVisible();
  await page.getByRole('button', { name: 'Add a channel' }).click();
  await page.getByLabel('Name', { exact: true }).fill('on call');
  await page.getByLabel('Goes by').selectOption('webhook');
  await page.getByLabel('Address').fill('http://127.0.0.1:9/hook');
  await expectAccessible();
  await keepPicture('add-channel');
  await page.getByRole('dialog').getByRole('button', { name: 'Add the channel' }).click();
  await expect(page.getByRole('region', { name: 'Signing secret' })).toContainText('plw_');
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('button', { name: 'Send a test message' }).click();
  await expect(page.getByRole('row', { name: /Test message/ })).toContainText('the worker’s own machine', {
    timeout: 30_000,
  });
  await expectAccessible();
  await keepPicture('channel', true);
});
