import { expect, signIn, test } from '@/e2e/fixtures/test';

test.describe('a page', () => {
  test('runs no script but its own', async ({ page, consoleErrors }) => {
    const response = await page.goto('/account');
    const policy = response?.headers()['content-security-policy'] ?? '';
    const scripts = /script-src ([^;]*)/.exec(policy)?.[1] ?? '';
    expect(scripts).toMatch(/^'self' 'nonce-\w{32}' 'strict-dynamic'$/);
    for (const part of [
      "object-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "form-action 'self'",
    ]) {
      expect(policy).toContain(part);
    }
    const again = await page.reload();
    expect(again?.headers()['content-security-policy']).not.toBe(policy);
    await expect(page.getByRole('heading', { name: 'Your account' })).toBeVisible();
    expect(consoleErrors).toEqual([]);

    // What markup in a text of a watched server could bring, if a page ever drew it as markup.
    await page.evaluate(() => {
      const planted = document.createElement('div');
      planted.innerHTML =
        '<img src="data:," onerror="window.ranHandler = true"><a id="planted" href="javascript:window.ranLink = true">x</a>';
      document.body.append(planted);
      document.getElementById('planted')?.click();
    });
    const refused = () => consoleErrors.filter((text) => text.includes('Content Security Policy')).length;
    await expect.poll(refused).toBeGreaterThan(1);
    const ran = await page.evaluate(() => ['ranLink', 'ranHandler'].filter((name) => name in window));
    expect(ran).toEqual([]);
    consoleErrors.length = 0;
  });

  test('is kept by no cache and framed by nobody', async ({ page, request }) => {
    for (const path of ['/account', '/signin', '/api/v1/account']) {
      const headers = (await request.get(path, { maxRedirects: 0 })).headers();
      expect(headers['cache-control'], path).toContain('no-store');
      expect(headers['x-content-type-options'], path).toBe('nosniff');
      expect(headers['x-frame-options'], path).toBe('DENY');
      expect(headers['cross-origin-opener-policy'], path).toBe('same-origin');
      expect(headers['x-powered-by'], path).toBeUndefined();
    }
    await page.goto('/account');
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });
});

test.describe('signing in', () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test('goes on where one was, and nowhere else', async ({ page, console }) => {
    const person = await console.addPerson({ name: 'Vera Viewer', role: 'viewer' });
    await page.goto('/admin/audit?actor=Vera');
    await expect(page).toHaveURL(/\/signin\?callbackUrl=/);
    const fill = async () => {
      await page.getByLabel('E-mail').fill(person.email);
      await page.getByLabel('Password', { exact: true }).fill(person.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await fill();
    await expect(page).toHaveURL(`${console.address}/admin/audit?actor=Vera`);
    await expect(page.getByRole('heading', { name: 'Audit' })).toBeVisible();
    for (const evil of [
      '//evil.example',
      'https://evil.example/',
      '/\\evil.example',
      'javascript:alert(1)',
    ]) {
      // A page that is still open would go to the sign-in page by itself.
      await page.goto('about:blank');
      await page.context().clearCookies();
      await page.goto(`/signin?callbackUrl=${encodeURIComponent(evil)}`);
      await fill();
      await expect(page).toHaveURL(`${console.address}/`);
      await expect(page.getByRole('heading', { name: 'Fleet' })).toBeVisible();
    }
  });

  test('waits after five wrong passwords, but not in a browser that is known', async ({
    page,
    console,
    browser,
    consoleErrors,
  }) => {
    const person = await console.addPerson({ name: 'Walt Wait', role: 'viewer' });
    await signIn(page, person);
    const known = (await page.context().cookies()).filter((cookie) => cookie.name === 'plumbline.device');
    expect(known).toHaveLength(1);
    expect(known[0]).toMatchObject({ httpOnly: true, sameSite: 'Lax' });

    const stranger = await browser.newContext();
    const other = await stranger.newPage();
    await other.goto(`${console.address}/signin`);
    for (let time = 0; time < 6; time += 1) {
      await other.getByLabel('E-mail').fill(person.email);
      await other.getByLabel('Password', { exact: true }).fill(`guess ${time}`);
      await other.getByRole('button', { name: 'Sign in' }).click();
      await expect(other.getByRole('button', { name: 'Sign in' })).toBeEnabled();
    }
    await expect(other.getByRole('alert').filter({ hasText: /./ })).toContainText('Too many wrong passwords');
    await stranger.close();

    await page.context().clearCookies();
    await page.context().addCookies(known);
    await signIn(page, person);
    await expect(page.getByRole('button', { name: /Signed in as Walt Wait/ })).toBeVisible();
    consoleErrors.length = 0;
  });

  test('ends with the session, also for a copy of its cookie', async ({ page, console, playwright }) => {
    const person = await console.addPerson({ name: 'Rita Replay', role: 'viewer' });
    await signIn(page, person);
    const copy = await playwright.request.newContext({
      baseURL: console.address,
      storageState: await page.context().storageState(),
    });
    expect((await copy.get('/api/v1/account')).status()).toBe(200);
    await page.getByRole('button', { name: /Signed in as Rita Replay/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expect(page).toHaveURL(/\/signin/);
    expect((await copy.get('/api/v1/account')).status()).toBe(401);
    await copy.dispose();
  });

  test('reads well on a phone and in the dark', async ({ page, expectAccessible }) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [390, 1024, 1440]) {
        await page.setViewportSize({ width, height: 800 });
        await page.goto('/signin?error=too-many:600');
        await expect(page.getByRole('alert').filter({ hasText: /./ })).toContainText('Wait 10 min');
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
      }
      await expectAccessible();
    }
    await page.goto('/signin?error=%3Cscript%3Ealert(1)%3C/script%3E');
    await expect(page.getByRole('alert').filter({ hasText: /./ })).toContainText(
      'does not work at this moment',
    );
  });
});
