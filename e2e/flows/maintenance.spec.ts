import { expect, signIn, test } from '@/e2e/fixtures/test';

test('an index is rebuilt after its cluster’s name was typed, with its size before and after', async ({
  page,
  console,
  expectAccessible,
}) => {
  test.setTimeout(180_000);
  const search = new URLSearchParams({
    clusterId: console.clusterId,
    database: 'shop',
    schema: 'public',
    index: 'orders_pkey',
  });
  await page.goto(`/jobs/reindex-concurrently?${search}`);
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await expect(page.getByRole('heading', { name: 'What will be done' })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByLabel(/^SQL of step/).first()).toContainText(/reindex/i);
  const start = page.getByRole('button', { name: 'Rebuild an index on shop-eu-1' });
  await expect(start).toBeDisabled();
  await page.getByLabel('Type shop-eu to confirm').fill('shop-e');
  await expect(start).toBeDisabled();
  await page.getByLabel('Type shop-eu to confirm').fill('shop-eu');
  await expectAccessible();
  await start.click();
  await page.waitForURL(/\/runs\//);
  await expect(page.locator('[data-run-state=succeeded]')).toBeVisible({ timeout: 60_000 });
  const evidence = page
    .getByRole('region', { name: 'Size of the index' })
    .or(page.locator('section', { hasText: 'Size of the index' }));
  await expect(evidence.getByRole('columnheader', { name: 'Before' }).first()).toBeVisible();
  await expect(evidence.getByRole('columnheader', { name: 'After' }).first()).toBeVisible();
  await expectAccessible();
});

test('partitions are made ahead and taken back by a plan of their own', async ({
  page,
  console,
  expectAccessible,
}) => {
  test.setTimeout(240_000);
  const month = (ahead: number) => {
    const now = new Date();
    return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)).toISOString().slice(0, 10);
  };
  await console.watched.sql(
    'shop',
    'create table events (at timestamptz not null, what text) partition by range (at)',
    `create table events_now partition of events for values from ('${month(0)} 00:00+00') to ('${month(1)} 00:00+00')`,
  );
  const count = async () => {
    const session = await console.watched.session('shop');
    const { rows } = await session.query(
      `select count(*)::int as n from pg_inherits where inhparent = 'events'::regclass`,
    );
    await session.end();
    return rows[0].n as number;
  };
  const search = new URLSearchParams({
    clusterId: console.clusterId,
    database: 'shop',
    schema: 'public',
    table: 'events',
    count: '2',
  });
  await page.goto(`/jobs/partition-create-ahead?${search}`);
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await expect(page.getByRole('heading', { name: 'What will be done' })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByLabel(/^SQL of step/).first()).toContainText('events');
  expect(await count()).toBe(1);
  await page.getByLabel('Type shop-eu to confirm').fill('shop-eu');
  await page.getByRole('button', { name: 'Create partitions ahead on shop-eu-1' }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.locator('[data-run-state=succeeded]')).toBeVisible({ timeout: 60_000 });
  expect(await count()).toBe(3);
  await expectAccessible();

  await page.getByRole('button', { name: 'Drop the new partitions that are still empty' }).click();
  await page.waitForURL(/\/plans\//);
  await expect(page.getByRole('heading', { name: 'What will be done' })).toBeVisible({ timeout: 30_000 });
  expect(await count()).toBe(3);
  await page.getByLabel('Type shop-eu to confirm').fill('shop-eu');
  await page.getByRole('button', { name: 'Drop empty partitions on shop-eu-1' }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.locator('[data-run-state=succeeded]')).toBeVisible({ timeout: 60_000 });
  expect(await count()).toBe(1);
  await expect(page.getByRole('link', { name: 'an earlier run' })).toBeVisible();
  await page.getByRole('link', { name: 'an earlier run' }).click();
  await expect(page.getByText('This run was undone.')).toBeVisible();
});

test('what cannot run says why: a plan with a blocker, and a wrong name', async ({ page, console }) => {
  await page.goto(`/jobs/logical-backup?clusterId=${console.clusterId}&database=nowhere`);
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await expect(page.getByText(/no database .nowhere./i).first()).toBeVisible({ timeout: 30_000 });
  await page.getByRole('link', { name: 'Change the input and plan again' }).click();
  await page.waitForURL(/\/jobs\/logical-backup\?/);
  await expect(page).toHaveURL(/database=nowhere/);
});

test('a viewer sees every plan and run but is told why nothing can be started', async ({
  browser,
  console,
  expectAccessible,
  consoleErrors,
}) => {
  const person = await console.addPerson({ name: 'Vera Viewer', role: 'viewer' });
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await signIn(page, person, console.address);
  await page.goto(`${console.address}/jobs`);
  const backup = page.locator('[data-job=logical-backup]');
  await expect(backup).toContainText('This needs the role operator; Vera Viewer has the role viewer.');
  await expect(backup.getByRole('link', { name: 'Plan it' })).toHaveCount(0);
  await expectAccessible(page);
  await page.goto(`${console.address}/jobs/reindex-concurrently?clusterId=${console.clusterId}`);
  await expect(page.getByText('This needs the role dba; Vera Viewer has the role viewer.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Make the plan' })).toBeDisabled();
  const answer = await page.evaluate(async (clusterId) => {
    const response = await fetch('/api/v1/plans', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        kind: 'logical-backup',
        clusterId,
        input: { database: 'shop', jobs: 1, compression: 1 },
      }),
    });
    return { status: response.status, body: await response.json() };
  }, console.clusterId);
  expect(answer).toMatchObject({ status: 403, body: { error: { code: 'not-allowed' } } });
  await context.close();
  consoleErrors.length = 0;
});
