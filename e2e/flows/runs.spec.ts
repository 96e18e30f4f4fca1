import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, test } from '@/e2e/fixtures/test';
import { newId } from '@/lib/base/ids';

const startButton = { name: 'Back up a database on shop-eu-1' };

/** Plans a backup of `shop`, up to the page on which it is started. */
async function planBackup(page: Page, clusterId: string): Promise<void> {
  await page.goto(`/jobs/logical-backup?clusterId=${clusterId}&database=shop`);
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await expect(page.getByRole('button', startButton)).toBeEnabled({ timeout: 30_000 });
}

test('a run is cancelled after its page said what that leaves; the next one says for whom it waits', async ({
  page,
  context,
  console,
  expectAccessible,
}) => {
  test.setTimeout(180_000);
  const second = await context.newPage();
  await planBackup(page, console.clusterId);
  await planBackup(second, console.clusterId);
  // The dump reads this sequence and waits for the lock: the run stays in its first step until somebody acts.
  const holder = await console.watched.session('shop');
  await holder.query('begin');
  await holder.query('alter sequence orders_id_seq rename to orders_id_seq_held');
  await page.getByRole('button', startButton).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.locator('[data-run-state=running]')).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('[data-step=dump]')).toHaveAttribute('data-state', 'started');

  await second.getByRole('button', startButton).click();
  await second.waitForURL(/\/runs\//);
  await expect(second.getByText(/Waits for “Back up a database” of Dora Dba/)).toBeVisible({
    timeout: 30_000,
  });
  await second.getByRole('link', { name: 'Open that run' }).click();
  await expect(second).toHaveURL(page.url());
  await second.close();

  await page.getByRole('button', { name: 'Cancel the run' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel this run?' });
  await expect(dialog).toContainText('is stopped');
  await expectAccessible();
  await dialog.getByRole('button', { name: 'Cancel the run' }).click();
  await expect(page.locator('[data-run-state=cancelled]')).toBeVisible({ timeout: 60_000 });
  await holder.query('rollback');
  await holder.end();

  // What was queued behind it goes on by itself.
  await page.goto('/runs?state=open');
  await expect(page.getByText('No run is like this')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('combobox', { name: 'State' }).selectOption('cancelled');
  await expect(page).toHaveURL(/state=cancelled/);
  await expect(page.getByRole('row', { name: /Cancelled.*Back up a database/ })).toBeVisible();
  await expectAccessible();
});

test('a step that may have happened asks a person, who sees what is known and decides', async ({
  page,
  console,
  expectAccessible,
}) => {
  const id = newId();
  const { db, clusterId, instanceId } = console;
  const common = { kind: 'logical-backup', cluster_id: clusterId, instance_id: instanceId };
  const input = { database: 'shop', jobs: 1, compression: 1 };
  await db
    .insertInto('plan_requests')
    .values({ id, ...common, input: JSON.stringify(input), requested_by_name: 'Dora Dba' })
    .execute();
  await db
    .insertInto('plans')
    .values({ id, ...common, definition_version: 1, state: 'ready', hash: 'of-a-former-worker' })
    .execute();
  await db
    .insertInto('runs')
    .values({
      id,
      plan_id: id,
      plan_hash: 'of-a-former-worker',
      ...common,
      definition_version: 1,
      state: 'needs-decision',
      idempotency_key: `e2e:${id}`,
      requested_by_name: 'Dora Dba',
      epoch: 1,
      started_at: new Date(),
    })
    .execute();
  await db
    .insertInto('run_steps')
    .values({ run_id: id, ordinal: 0, name: 'dump', state: 'undecided', epoch: 1 })
    .execute();
  await page.goto(`/runs/${id}`);
  const decision = page.getByRole('region', { name: 'A decision is needed' });
  await expect(decision).toContainText('Its worker was lost in the middle of');
  await expect(decision.getByRole('button')).toHaveCount(3);
  await expectAccessible();
  await decision.getByRole('button', { name: 'Stop here' }).click();
  await expect(page.locator('[data-run-state=failed]')).toBeVisible({ timeout: 60_000 });
});

test('the exported scorecard neutralises what a spreadsheet would run', async ({ page, console }) => {
  const name = '=1+1,"quoted"';
  const rename = (to: string) =>
    console.db.updateTable('clusters').set({ name: to }).where('id', '=', console.clusterId).execute();
  await rename(name);
  try {
    await page.goto('/scorecard');
    await expect(page.getByRole('link', { name, exact: true })).toBeVisible();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      (async () => {
        await page.getByRole('button', { name: 'Export' }).click();
        await page.getByRole('menuitem', { name: 'CSV, a line per criterion' }).click();
      })(),
    ]);
    const lines = readFileSync(await file.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(lines[0]).toMatch(/^cluster,cluster_id,/);
    // Other flows may have clusters of their own on this console: each line is judged, the name only where it is ours.
    const own = lines.filter((line) => line.includes(console.clusterId));
    expect(own.length).toBeGreaterThan(11);
    for (const line of own) expect(line.startsWith(`"'=1+1,""quoted""",${console.clusterId},`)).toBe(true);
    for (const line of lines) expect(line).not.toMatch(/^"?[=+\-@\t]/);
  } finally {
    await rename('shop-eu');
  }
});
