import { expect, test } from '@/e2e/fixtures/test';

test('on call: what burns has a runbook and can be muted and unmuted; what changed stands on the page and on the charts', async ({
  page,
  console,
  expectAccessible,
}) => {
  await page.goto('/now');
  const burning = page.locator('section', { has: page.getByRole('heading', { name: 'What burns' }) });
  const finding = burning.getByRole('listitem').filter({ hasText: 'orders' }).first();
  await expect(finding).toBeVisible({ timeout: 60_000 });
  await finding.getByText('Runbook').click();
  await expect(finding.getByText('What not to do')).toBeVisible();
  await expect(finding.getByRole('link', { name: 'PostgreSQL documentation' })).toBeVisible();

  // The first look at the settings is what the change is compared with.
  await expect
    .poll(async () => (await console.db.selectFrom('server_snapshots').selectAll().execute()).length)
    .toBe(1);
  await console.watched.sql('postgres', `alter system set work_mem = '64MB'`, 'select pg_reload_conf()');
  const changed = page.locator('section', { has: page.getByRole('heading', { name: 'What changed' }) });
  await expect(changed.getByText('work_mem was changed from 4MB to 64MB.')).toBeVisible({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Set a mark' }).click();
  await page.getByLabel('Text').fill('Deploy <b>4711</b>');
  await page.getByRole('button', { name: 'Set the mark' }).click();
  await expect(changed.getByText('Deploy <b>4711</b>')).toBeVisible();
  await expectAccessible();

  await finding.getByRole('button', { name: /^Mute / }).click();
  const dialog = page.getByRole('dialog', { name: /^Mute / });
  await dialog.getByLabel('Reason').fill('goes with the next release');
  await dialog.getByLabel('How long').selectOption('For 7 days');
  await expectAccessible();
  await dialog.getByRole('button', { name: 'Mute it' }).click();
  await expect(finding).toHaveCount(0);
  await burning.getByRole('link', { name: '1 muted' }).click();
  await expect(page.getByRole('cell', { name: 'goes with the next release' })).toBeVisible();
  await expect(page.getByRole('cell', { name: 'Dora Dba' })).toBeVisible();
  await expectAccessible();
  await page.getByRole('button', { name: /^Unmute / }).click();
  await expect(page.getByText('Nothing is muted')).toBeVisible();

  await page.goto(`/changes?clusterId=${console.clusterId}&kind=setting`);
  await expect(page.getByText('work_mem was changed from 4MB to 64MB.')).toBeVisible();
  await expectAccessible();
  await page.goto(`/instances/${console.instanceId}?range=15m`);
  const legend = page.getByRole('list', { name: 'Marks on the charts' });
  await expect(legend.getByRole('button', { name: /Settings/ })).toBeVisible();
  const glyphs = page.locator('[data-mark]').filter({ hasText: 'work_mem was changed' });
  await expect(glyphs.first()).toBeAttached();
  await legend.getByRole('button', { name: /Settings/ }).click();
  await expect(glyphs).toHaveCount(0);
  await console.watched.sql('postgres', 'alter system reset work_mem', 'select pg_reload_conf()');
});
