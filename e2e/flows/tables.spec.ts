import { expect, test } from '@/e2e/fixtures/test';
import { tableDetailSchema } from '@/lib/contract/tables';

const name = 'ledger <b>"';

test('a table with unreadable statistics says unknown, shows the GRANT, and is known once that is run', async ({
  page,
  console,
  expectAccessible,
}) => {
  const api = `/api/v1/instances/${console.instanceId}`;
  /** Has everything read again and waits until the table's dead space is as wanted. */
  const untilKnown = async (isKnown: boolean) => {
    await page.request.post(`${api}/collect`, { headers: { origin: console.address }, data: {} });
    await expect
      .poll(
        async () => {
          const search = new URLSearchParams({ database: 'shop', schema: 'public', table: name });
          const answer = await page.request.get(`${api}/tables/one?${search}`);
          if (!answer.ok()) return undefined;
          const { bloat } = tableDetailSchema.parse(await answer.json()).row;
          return bloat ? bloat.notKnown === null : undefined;
        },
        { timeout: 45_000 },
      )
      .toBe(isKnown);
  };
  await console.watched.sql(
    'shop',
    'create table "ledger <b>""" (id bigint primary key, note text)',
    `insert into "ledger <b>""" select n, repeat('x', 100) from generate_series(1, 30000) as n`,
  );
  // By another session: the one that filled it tells of its rows at its end, after an analyze of its own.
  await console.watched.sql('shop', 'vacuum analyze "ledger <b>"""');
  await untilKnown(false);
  await page.goto(`/instances/${console.instanceId}/tables`);
  const list = page.getByRole('region', { name: 'Tables', exact: true });
  const row = list.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText('unknown');
  await expect(row).toContainText('statistics of its columns cannot be read by this login');
  for (const width of [1440, 1024, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await expect
      .poll(() =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      )
      .toBe(0);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await expectAccessible();

  const asked: (string | null)[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname === `${api}/tables/one`) asked.push(url.searchParams.get('table'));
  });
  await row.getByRole('link', { name }).click();
  const grant = page.getByRole('region', { name: 'What makes the dead space known' });
  await expect(grant).toContainText('grant usage on schema plumbline to plumbline_watch;');
  await console.watched.sql('shop', await grant.innerText());
  // The page is drawn before the address is written: it must not ask for the table of the page before.
  expect([...new Set(asked)]).toEqual([name]);
  await untilKnown(true);
  await page.reload();
  await expect(page.getByText(/\(estimate, \d/)).toBeVisible();
  await expect(grant).toHaveCount(0);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible();
});
