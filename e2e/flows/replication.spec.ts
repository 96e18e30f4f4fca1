import { expect, test } from '@/e2e/fixtures/test';
import { startActor } from '@/lib/auth/actor';
import { newId } from '@/lib/base/ids';
import { testInstance } from '@/lib/commands/instance-state';
import { addInstance } from '@/lib/commands/instances';
import { sqlOn } from '@/lib/testing/check-kit';
import { startStandby } from '@/lib/testing/postgres';

test('a standby is in step and ready, its replay is paused, and the page says so, why, and what to do', async ({
  page,
  console,
  expectAccessible,
}) => {
  const standby = await startStandby(console.watched.server, { name: 'shop-eu-2' });
  const meta = { requestId: newId() };
  const { id } = await addInstance(
    console.db,
    startActor,
    {
      ...{ clusterId: console.clusterId, name: 'shop-eu-2', host: '127.0.0.1', port: standby.port },
      ...{ database: 'postgres', tlsMode: 'disable' },
      logins: [{ purpose: 'watch', user: 'plumbline_watch', password: console.watched.watchPassword }],
    },
    meta,
  );
  try {
    await testInstance(console.db, startActor, { instanceId: id, activate: true }, meta);
    await page.goto(`/clusters/${console.clusterId}`);
    await page.getByRole('link', { name: 'Replication' }).click();
    const standbys = page.getByRole('region', { name: 'Standbys' });
    await expect(standbys.getByRole('row', { name: /shop-eu-2 In step shop-eu-1/ })).toBeVisible({
      timeout: 60_000,
    });
    await expect(
      page.getByRole('region', { name: 'Who may serve reads' }).getByText('Ready').first(),
    ).toBeVisible();
    const asked = `/api/v1/clusters/${console.clusterId}/can-read?class=read&lagMs=5000&instance=shop-eu-2`;
    expect((await page.request.get(asked)).status()).toBe(200);
    await expectAccessible();

    await sqlOn(standby, 'postgres', 'select pg_wal_replay_pause()');
    await expect(standbys.getByRole('row', { name: /shop-eu-2 Paused/ })).toBeVisible({ timeout: 40_000 });
    await expect(page.getByText('select pg_wal_replay_resume();')).toBeVisible();
    const refused = await page.request.get(asked);
    expect(refused.status()).toBe(503);
    expect((await refused.json()).instances[0].reason).toBe('its replay is paused');
    await page.setViewportSize({ width: 390, height: 844 });
    await expectAccessible();
    await page.getByRole('link', { name: 'shop-eu-2' }).first().click();
    await expect(page).toHaveURL(new RegExp(`/instances/${id}/replication`));
    const place = page.locator('section', { has: page.getByRole('heading', { name: 'Its place' }) });
    await expect(place).toContainText('Replay is paused on shop-eu-2');
  } finally {
    // An open page asks on, and a server that is gone is answered with an error, as it should be.
    await page.goto('about:blank');
    await console.db.updateTable('instances').set({ state: 'removed' }).where('id', '=', id).execute();
    await console.db.deleteFrom('findings').where('instance_id', '=', id).execute();
    await standby.stop();
  }
});
