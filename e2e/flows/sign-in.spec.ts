import { expect, signIn, test } from '@/e2e/fixtures/test';

test.use({ storageState: { cookies: [], origins: [] } });

test('a one-time password must be changed before anything is shown', async ({
  page,
  console,
  expectAccessible,
}) => {
  const person = await console.addPerson({ name: 'Nora New', role: 'operator', mustChangePassword: true });
  await page.goto('/clusters');
  await expect(page).toHaveURL(/\/signin\?callbackUrl=/);
  await expectAccessible();
  await signIn(page, person);
  await expect(page).toHaveURL(/\/account\/password/);
  await page.goto('/');
  await expect(page).toHaveURL(/\/account\/password/);
  await expectAccessible();
  await page.getByLabel('One-time password').fill(person.password);
  await page.getByLabel('New password', { exact: true }).fill('Seven green elephants');
  await page.getByLabel('New password again').fill('Seven green elephants');
  await page.getByRole('button', { name: /change/i }).click();
  await expect(page.getByRole('heading', { name: 'Fleet' })).toBeVisible();
  await expect(page.getByRole('button', { name: /Signed in as Nora New, role operator/ })).toBeVisible();
});

test('a wrong password says so and tells nothing about the account', async ({
  page,
  console,
  consoleErrors,
}) => {
  for (const email of [console.dba.email, 'nobody@example.test']) {
    await page.goto('/signin');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert').filter({ hasText: /./ })).toContainText(
      /not right|wrong|do not match/i,
    );
    await expect(page).toHaveURL(/\/signin/);
  }
  // The browser itself notes the refused request.
  consoleErrors.length = 0;
});

test('signing out ends the session for every tab', async ({ page, console, context }) => {
  const person = await console.addPerson({ name: 'Olga Out', role: 'viewer' });
  await signIn(page, person);
  const other = await context.newPage();
  await other.goto('/');
  await expect(other.getByRole('heading', { name: 'Fleet' })).toBeVisible();
  // Between the end of the session and that of the page a look at it would have it ask again, and be refused.
  await page.route('**/api/auth/signout', async (held) => {
    const answer = await held.fetch();
    await page.evaluate(async () => {
      document.dispatchEvent(new Event('visibilitychange'));
      await fetch('/api/health');
    });
    await held.fulfill({ response: answer });
  });
  await page.getByRole('button', { name: /Signed in as Olga Out/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/signin/);
  // The other tab may be leaving by itself at this very moment, which ends a navigation that somebody begins.
  await expect(async () => {
    await other.goto('/findings');
    await expect(other).toHaveURL(/\/signin/);
  }).toPass();
});
