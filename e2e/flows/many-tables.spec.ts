import { expect, test } from '@/e2e/fixtures/test';

/** As many as are read of one database. */
const tables = 5_000;

test('a list of five thousand tables draws only what is in view, and each row can be reached', async ({
  page,
  console,
}, info) => {
  test.setTimeout(240_000);
  const { sql } = console.watched;
  await sql('postgres', 'create database many');
  // A thousand at once: a transaction keeps a lock on each table that it makes.
  const batches = Array.from({ length: 5 }, (_, batch) => batch * 1000 + 1);
  const batch = (from: number) =>
    `do $$ begin
       for n in ${from}..${from + 999} loop
         execute format('create table %I (id int)', 't_' || lpad(n::text, 5, '0'));
       end loop;
     end $$`;
  await sql('many', ...batches.map(batch));
  const api = `/api/v1/instances/${console.instanceId}`;
  await expect
    .poll(
      async () => {
        await page.request.post(`${api}/collect`, { headers: { origin: console.address }, data: {} });
        const answer = await page.request.get(`${api}/tables?database=many`);
        return answer.ok() ? (await answer.json()).items.length : 0;
      },
      { timeout: 90_000, intervals: [1_000, 3_000] },
    )
    .toBe(tables);

  await page.addInitScript(() => {
    const long = window as unknown as { longest: number };
    long.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) long.longest = Math.max(long.longest, duration);
    }).observe({ type: 'longtask' });
  });
  await page.goto(`/instances/${console.instanceId}/tables?database=many`);
  const list = page.locator('[data-table=tables]');
  const drawn = list.locator('tbody tr[data-index]');
  await expect(list.locator('table')).toHaveAttribute('aria-rowcount', String(tables + 1), {
    timeout: 60_000,
  });
  const isFewRows = async () => expect(await drawn.count()).toBeLessThan(120);
  await isFewRows();

  await list.getByRole('button', { name: 'Table', exact: true }).click();
  await expect(list.getByRole('row', { name: /t_00001/ })).toBeVisible();
  await list.focus();
  await page.keyboard.press('End');
  await expect(list.getByRole('row', { name: /t_05000/ })).toBeVisible();
  await isFewRows();
  // By the wheel, too: half-way down is half of the list.
  await list.evaluate((element) => {
    element.scrollTop = element.scrollHeight / 2;
  });
  await expect(list.getByRole('row', { name: /t_02[45]\d\d/ }).first()).toBeVisible();
  await isFewRows();

  await page.getByRole('searchbox', { name: 'Filter Tables', exact: true }).fill('t_04242');
  await expect(drawn).toHaveCount(1);
  await expect(list.getByRole('row', { name: /t_04242/ })).toBeVisible();
  const longestMs = await page.evaluate(() => (window as unknown as { longest: number }).longest);
  info.annotations.push({ type: 'longest task', description: `${longestMs} ms` });
  await page.getByRole('searchbox', { name: 'Filter Tables', exact: true }).fill('');
  await expect(list.locator('table')).toHaveAttribute('aria-rowcount', String(tables + 1));
  await page.goto('/');
  await sql('postgres', 'drop database many with (force)');
});
