import type { RunningConsole } from '@/e2e/fixtures/console';
import { expect, test } from '@/e2e/fixtures/test';
import { newId } from '@/lib/base/ids';

/** What a run leaves that has opened a copy: the console keeps it, no server stands behind it here. */
async function openCopy({ db, clusterId }: RunningConsole, at: string): Promise<string> {
  const [planId, id] = [newId(), newId()];
  const of = { kind: 'test', cluster_id: clusterId };
  const by = { requested_by_name: 'test' };
  const request = { id: planId, ...of, ...by, input: '{}' };
  await db.insertInto('plan_requests').values(request).execute();
  const plan = { id: planId, ...of, definition_version: 1, state: 'ready' as const };
  await db.insertInto('plans').values(plan).execute();
  const run = {
    id,
    plan_id: planId,
    plan_hash: 'h',
    ...of,
    ...by,
    definition_version: 1,
    idempotency_key: id,
  };
  await db
    .insertInto('runs')
    .values({ ...run, state: 'succeeded' })
    .execute();
  const place = { worker_name: 'elsewhere', directory: '/elsewhere', major: 15, mode: 'paused' as const };
  const moment = { target: '{"type":"latest"}', reached: JSON.stringify({ at }) };
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  await db
    .insertInto('copies')
    .values({ id, run_id: id, cluster_id: clusterId, ...place, ...moment, expires_at })
    .execute();
  return id;
}

test('without a copy, opening one comes first and the rescue says what it waits for; with one it is chosen', async ({
  page,
  console,
  expectAccessible,
  keepPicture,
}) => {
  const address = `/clusters/${console.clusterId}/restore?what=table`;
  const headings = () => page.getByRole('heading', { level: 2 }).allTextContents();
  const narrow = () => page.setViewportSize({ width: 390, height: 844 });
  await page.goto(address);
  await expect(page.getByText('Waits for an open copy')).toBeVisible();
  expect((await headings()).slice(1, 3)).toEqual([
    '1. Open a copy at the moment before',
    '2. Rescue the table',
  ]);
  await expect(page.getByRole('button', { name: 'Plan the rescue' })).toHaveCount(0);
  await expectAccessible();
  await keepPicture('no-copy', true);
  await page.goto(`/clusters/${console.clusterId}/restore?what=database&from=copy`);
  await expect(page.getByText('Open one in the next panel')).toBeVisible();
  expect((await headings()).slice(1, 4)).toEqual([
    '1. Restore it beside',
    'Open a copy, which step 1 waits for',
    '2. Swap it in',
  ]);
  await keepPicture('database-no-copy', true);

  const first = await openCopy(console, '2026-11-20T10:00:00Z');
  await page.goto(address);
  const copy = page.getByRole('combobox', { name: 'Copy' });
  await expect(copy).toHaveValue(first);
  expect((await headings())[1]).toBe('Rescue the table');
  await expect(page.getByText('Still to choose: the database, the table.')).toBeVisible();
  await page.emulateMedia({ colorScheme: 'dark' });
  await keepPicture('one-copy-dark', true);

  const second = await openCopy(console, '2026-11-20T11:00:00Z');
  await page.goto(`${address}&copy=${newId()}`);
  await expect(copy).toHaveValue('');
  await expect(page.getByText('The one that was chosen is not open any more.')).toBeVisible();
  await copy.selectOption(second);
  await expect(page).toHaveURL(new RegExp(second));
  await narrow();
  await expectAccessible();
  await keepPicture('two-copies-390', true);
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
  ).toBeLessThanOrEqual(0);

  await console.db
    .updateTable('copies')
    .set({ state: 'closed' })
    .where('id', 'in', [first, second])
    .execute();
  await page.goto(address);
  await expect(page.getByText('Waits for an open copy')).toBeVisible();
  await keepPicture('no-copy-390', true);
});
