import { expect, signIn, test } from '@/e2e/fixtures/test';

/** A browser that nobody has signed in from. */
const nobody = { storageState: { cookies: [], origins: [] } };

test('a dba adds a person, who chooses a password, and loses the way in when disabled', async ({
  page,
  console,
  browser,
  expectAccessible,
}) => {
  await page.goto('/admin/people');
  await page.getByRole('button', { name: 'Add a person' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Paul <b>Person</b>');
  await page.getByLabel('E-mail').fill('paul@example.test');
  await page.getByLabel('Role', { exact: true }).selectOption('operator');
  await expectAccessible();
  await page.getByRole('button', { name: 'Add and show the password' }).click();
  const secret = page.getByRole('region', { name: 'One-time password' });
  await expect(secret).toHaveText(/^([a-z2-9]{4}-){3}[a-z2-9]{4}$/);
  const oneTime = (await secret.textContent()) ?? '';
  await page.keyboard.press('Escape');
  await expect(secret).toBeVisible();
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await expect(page.getByRole('cell', { name: 'Paul <b>Person</b>' })).toBeVisible();
  await expectAccessible();

  const theirs = await browser.newContext(nobody);
  const other = await theirs.newPage();
  await signIn(other, { email: 'paul@example.test', password: oneTime, name: 'Paul' }, console.address);
  await expect(other).toHaveURL(/\/account\/password/);
  await other.getByLabel('One-time password').fill(oneTime);
  await other.getByLabel('New password', { exact: true }).fill('brass kettle, quiet street');
  await other.getByLabel('New password again').fill('brass kettle, quiet');
  await expect(other.getByText('The two are not the same.')).toBeVisible();
  await other.getByLabel('New password again').fill('brass kettle, quiet street');
  await other.getByRole('button', { name: 'Change the password' }).click();
  await expect(other).toHaveURL(`${console.address}/`);

  await page.getByRole('button', { name: 'Paul <b>Person</b>' }).click();
  await page.getByRole('button', { name: /^Disable Paul/ }).click();
  await expect(page.getByRole('row', { name: /Paul/ })).toContainText('Disabled');
  // Their page notices by itself, perhaps on the way.
  await other.goto(`${console.address}/findings`).catch(() => undefined);
  await expect(other).toHaveURL(/\/signin/);
  await theirs.close();
});

test('an operator is told why people are not theirs to manage', async ({
  browser,
  console,
  consoleErrors,
}) => {
  const person = await console.addPerson({ name: 'Otto Operator', role: 'operator' });
  const context = await browser.newContext(nobody);
  const page = await context.newPage();
  await signIn(page, person, console.address);
  await page.goto(`${console.address}/admin/people`);
  await expect(page.getByRole('alert').filter({ hasText: 'needs the role dba' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add a person' })).toBeDisabled();
  await context.close();
  consoleErrors.length = 0;
});

test('a token is shown once, works, and is revoked', async ({
  page,
  console,
  playwright,
  expectAccessible,
}) => {
  await page.goto('/admin/tokens');
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByLabel('Name', { exact: true }).fill('nightly drill');
  await page.getByLabel('Role', { exact: true }).selectOption('viewer');
  await page.getByRole('button', { name: 'Make it and show it' }).click();
  const secret = page.getByRole('region', { name: 'API token' });
  await expect(secret).toHaveText(/^plk_[\w-]{43}$/);
  const token = (await secret.textContent()) ?? '';
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await expectAccessible();
  const program = await playwright.request.newContext({
    baseURL: console.address,
    storageState: { cookies: [], origins: [] },
    extraHTTPHeaders: { authorization: `Bearer ${token}` },
  });
  const account = await program.get('/api/v1/account');
  expect(await account.json()).toMatchObject({ kind: 'token', role: 'viewer' });
  expect((await program.get('/api/v1/people')).status()).toBe(403);
  await page
    .getByRole('row', { name: /nightly drill/ })
    .getByRole('button', { name: 'Revoke' })
    .click();
  await page.getByRole('button', { name: 'Revoke the token' }).click();
  await expect(page.getByRole('row', { name: /nightly drill/ })).toContainText('Revoked');
  expect((await program.get('/api/v1/account')).status()).toBe(401);
  await program.dispose();
});

test('the audit tells who did what, and its filters stand in the address', async ({
  page,
  expectAccessible,
}) => {
  await page.goto('/admin/audit');
  await expect(page.getByRole('row', { name: /session\.sign-in/ }).first()).toBeVisible();
  await page.getByLabel('Did', { exact: true }).selectOption('session.sign-in');
  await page.getByLabel('Who', { exact: true }).fill('dora');
  await expect(page).toHaveURL(/action=session\.sign-in/);
  await expect(page).toHaveURL(/actor=dora/);
  await page.reload();
  await expect(page.getByLabel('Who', { exact: true })).toHaveValue('dora');
  await expect(page.getByRole('row', { name: /Dora Dba/ }).first()).toContainText('session.sign-in');
  await expectAccessible();
  await page.getByLabel('Who', { exact: true }).fill('nobody at all');
  await expect(page.getByText('No entry fits')).toBeVisible();
});

test('one sees where one is signed in and ends it there', async ({
  page,
  console,
  browser,
  expectAccessible,
}) => {
  const person = await console.addPerson({ name: 'Sam Sessions', role: 'viewer' });
  const [here, there] = [await browser.newContext(nobody), await browser.newContext(nobody)];
  const [mine, other] = [await here.newPage(), await there.newPage()];
  await signIn(mine, person, console.address);
  await signIn(other, person, console.address);
  await mine.goto(`${console.address}/account`);
  await expect(mine.getByRole('row', { name: /This one/ })).toBeVisible();
  await expectAccessible(mine);
  await mine.getByRole('button', { name: 'End all others' }).click();
  await expect(mine.getByRole('button', { name: 'End all others' })).toBeHidden();
  expect((await there.request.get(`${console.address}/api/v1/account`)).status()).toBe(401);
  await here.close();
  await there.close();
  await page.close();
});

test('people, tokens, audit and account fit a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  for (const path of ['/admin/people', '/admin/tokens', '/admin/audit', '/account', '/account/password']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(`${path} ${overflow}`).toBe(`${path} 0`);
  }
});
