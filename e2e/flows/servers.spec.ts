import { expect, signIn, test } from '@/e2e/fixtures/test';
import { startStandby } from '@/lib/testing/postgres';

const clusterName = '<b>new</b> "cluster"';

test('a server is added by the form: a wrong password is said, mended, and the server is watched', async ({
  page,
  console,
  consoleErrors,
  expectAccessible,
}) => {
  await page.goto('/clusters');
  await page.getByRole('link', { name: 'Add a server' }).click();
  await expect(page.getByRole('heading', { name: 'Add a server' })).toBeVisible();
  await page.getByLabel('Cluster', { exact: true }).selectOption({ label: 'A new cluster' });
  const clusterPanel = page.locator('section', {
    has: page.getByRole('heading', { name: 'Cluster', exact: true }),
  });
  await clusterPanel.getByLabel('Name').fill(clusterName);
  const serverPanel = page.locator('section', {
    has: page.getByRole('heading', { name: 'Server', exact: true }),
  });
  await serverPanel.getByLabel('Name').fill('second way in');
  await serverPanel.getByLabel('Host').fill('one.example.org,two.example.org');
  await serverPanel.getByLabel('Port').fill(String(console.watched.server.port));
  await serverPanel.getByLabel('TLS').selectOption('disable');
  await expect(page.getByText('data travel in the clear')).toBeVisible();
  await page.getByLabel('User').fill('plumbline_watch');
  await page.getByLabel('Password').fill('not the password');
  await page.getByText('The script that makes this login').click();
  await expect(page.getByLabel('Script of the watch login')).toContainText(
    'grant pg_monitor to "plumbline_watch";',
  );
  await page.getByRole('button', { name: 'Add and test the connection' }).click();
  await expect(page.getByText('Give one host: each server is an instance of its own.')).toBeVisible();
  await expectAccessible();
  await serverPanel.getByLabel('Host').fill('localhost');
  await page.getByRole('button', { name: 'Add and test the connection' }).click();

  await expect(page).toHaveURL(/\/instances\/[\w-]+\/settings\?test=/);
  await expect(page.getByText('Failed; nothing was changed')).toBeVisible();
  await expect(page.getByText('refuses the password of plumbline_watch')).toBeVisible();
  await page.getByRole('button', { name: 'Enter again' }).click();
  await page.getByLabel('Password').fill(console.watched.watchPassword);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Passed, and the server is watched from now on')).toBeVisible();
  await expect(page.getByText('Rights of the watch login plumbline_watch')).toBeVisible();
  await expectAccessible();

  await page.getByLabel('Host').fill('elsewhere.example.org');
  await expect(
    page.getByText('A stored password is never sent anywhere but where it was entered for.'),
  ).toBeVisible();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('give those of watch again')).toBeVisible();

  await page.goto('/clusters');
  await page.getByRole('link', { name: clusterName }).click();
  await expect(page.getByRole('link', { name: 'second way in' })).toBeVisible();
  await expectAccessible();
  await page.getByRole('button', { name: 'Remove this cluster …' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Remove the cluster' })).toBeDisabled();
  await dialog.getByRole('textbox').fill(clusterName);
  await dialog.getByRole('button', { name: 'Remove the cluster' }).click();
  await expect(page).toHaveURL(/\/clusters$/);
  await expect(page.getByRole('link', { name: 'shop-eu', exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: clusterName })).toHaveCount(0);
  // The browser itself notes each refused request: the change without a password, the page of what was just removed.
  const refused = /the server responded with a status of 4(22|04)/;
  consoleErrors.splice(0, consoleErrors.length, ...consoleErrors.filter((text) => !refused.test(text)));
});

test('a standby that streams is found by the test and offered with what is known of it', async ({
  page,
  console,
}) => {
  const standby = await startStandby(console.watched.server, { name: 'reader' });
  try {
    await page.goto(`/instances/${console.instanceId}/settings`);
    await page.getByRole('button', { name: 'Test again' }).click();
    await expect(page.getByText('Standbys that stream from this server')).toBeVisible();
    await page.getByRole('link', { name: 'Add it' }).click();
    await expect(page.getByLabel('Host')).toHaveValue('127.0.0.1');
    await expect(page.getByLabel('Cluster', { exact: true })).toHaveValue(console.clusterId);
  } finally {
    await standby.stop();
  }
});

test('the workers page says who lives and what the machine can do, also on a phone', async ({
  page,
  expectAccessible,
}) => {
  await page.goto('/workers');
  await expect(page.getByText('server and client').first()).toBeVisible();
  await expect(page.getByText(/free of/).first()).toBeVisible();
  await expectAccessible();
  await page.setViewportSize({ width: 390, height: 844 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});

test('a viewer sees the servers and is told why they may not change them', async ({ browser, console }) => {
  const viewer = await console.addPerson({ name: 'Vera Viewer', role: 'viewer' });
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await signIn(page, viewer, console.address);
  await page.goto(`${console.address}/instances/${console.instanceId}/settings`);
  await expect(page.getByText('Vera Viewer has the role viewer.').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
  await context.close();
});
