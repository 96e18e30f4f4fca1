import type { Page } from '@playwright/test';
import { backupsSchema } from '@/lib/contract/backups';
import { fleetSchema } from '@/lib/contract/fleet';
import type { Camera } from '@/lib/local/screenshots/camera';
import type { PicturedConsole } from '@/lib/local/screenshots/console';

/** Chosen at the first sign-in of a console that is thrown away afterwards. */
const newPassword = 'Seven green elephants';
const clusterName = 'demo';
const database = 'calcusign';

/** The README's tour, step by step as a person takes it, with a picture of each. */
export async function walkTour(camera: Camera, console: PicturedConsole): Promise<void> {
  const { page } = camera;
  const open = (path: string) => page.goto(`${console.address}${path}`);
  await open('/signin');
  await camera.take('sign-in');
  await signIn(page, console);

  const clusterId = await waitForDemo(page);
  await open(`/jobs/logical-backup?clusterId=${clusterId}&database=${database}`);
  await makePlan(page);
  await camera.take('plan');
  await page.getByRole('button', { name: /^Back up a database on/ }).click();
  await page.waitForURL(/\/runs\//);
  await endOfRun(page);
  await camera.take('run');

  await page.getByRole('link', { name: 'Open the backup' }).click();
  await page.getByRole('link', { name: 'Drill a backup' }).first().click();
  await page.waitForURL(/\/jobs\//);
  await makePlan(page);
  await page.getByRole('button', { name: /^Drill a backup on/ }).click();
  await page.waitForURL(/\/runs\//);
  await endOfRun(page);
  await camera.take('drill');

  await waitForServerBackup(page, clusterId);
  await open(`/jobs/physical-drill?clusterId=${clusterId}`);
  await makePlan(page);
  await page.getByRole('button', { name: /^Drill a physical backup/ }).click();
  await page.waitForURL(/\/runs\//);
  await endOfRun(page);
  await camera.take('physical-drill');
  await camera.takeBoth('recovery', async () => {
    await open(`/clusters/${clusterId}/recovery`);
    await page
      .getByText(/any second between/i)
      .first()
      .waitFor();
  });
  await open(`/clusters/${clusterId}/restore`);
  await page.getByRole('heading', { name: 'What happened?' }).waitFor();
  await camera.take('restore');
  await open(`/clusters/${clusterId}/recovery/retention`);
  await page.getByText('Each backup').first().waitFor();
  await camera.take('retention');

  await open('/scorecard');
  await page.locator('a[data-criterion="restore-time"]').filter({ hasText: /\d s/ }).waitFor();
  await camera.take('scorecard');

  const instanceId = await primaryOf(page, clusterId);
  await camera.takeBoth('instance', async () => {
    await open(`/instances/${instanceId}?range=15m`);
    await page.locator('.recharts-line-curve').first().waitFor();
    await page.evaluate(() => document.getElementById('charts')?.scrollIntoView());
  });
  const ofInstance = (part: string) => open(`/instances/${instanceId}/${part}?range=15m`);
  await ofInstance('queries');
  await page.locator('[data-table] tbody tr').nth(5).waitFor();
  await camera.take('queries');
  await ofInstance('activity');
  await page.locator('.recharts-area-area').first().waitFor();
  await camera.take('load');
  await ofInstance('tables');
  await page.locator('[data-table] tbody tr').nth(5).waitFor();
  await camera.take('tables');
  await open(`/clusters/${clusterId}/replication`);
  await page.getByText('In step').first().waitFor();
  await camera.take('replication');
  await open('/now');
  await page.getByRole('heading', { name: 'What burns' }).waitFor();
  await page.getByRole('button', { name: 'Mute' }).first().waitFor();
  await camera.take('now');
  await camera.takeBoth('fleet', async () => {
    await open('/');
    await page.getByRole('link', { name: 'demo-one' }).waitFor();
  });
}

async function signIn(page: Page, { email, password }: PicturedConsole): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/signin'));
  if (!page.url().includes('/account/password')) return;
  await page.getByLabel('One-time password').fill(password);
  await page.getByLabel('New password', { exact: true }).fill(newPassword);
  await page.getByLabel('New password again').fill(newPassword);
  await page.getByRole('button', { name: /change/i }).click();
  await page.getByRole('heading', { name: 'Fleet' }).waitFor();
}

async function fleetOf(page: Page) {
  const answer = await page.evaluate(async () => (await fetch('/api/v1/fleet')).json());
  return fleetSchema.parse(answer);
}

/** The demo's id, once it has been watched for long enough that its charts are more than a dot. */
async function waitForDemo(page: Page): Promise<string> {
  const deadline = Date.now() + 600_000;
  while (Date.now() < deadline) {
    const demo = (await fleetOf(page)).clusters.find(({ name }) => name === clusterName);
    const isDrawn = demo?.sparklines.every(
      ({ values }) => values.filter((value) => value !== null).length >= 2,
    );
    if (demo && isDrawn && demo.instances.every(({ reachable }) => reachable)) return demo.id;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
  throw new Error('The demo was not watched for long enough within ten minutes.');
}

/** The demo backs its whole server up by itself soon after its first start. */
async function waitForServerBackup(page: Page, clusterId: string): Promise<void> {
  const deadline = Date.now() + 600_000;
  while (Date.now() < deadline) {
    const answer = await page.evaluate(
      async (id) => (await fetch(`/api/v1/backups?clusterId=${id}`)).json(),
      clusterId,
    );
    if (
      backupsSchema.parse(answer).items.some(({ type, state }) => type === 'physical' && state === 'ready')
    ) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
  throw new Error('The demo has no backup of its server after ten minutes.');
}

async function primaryOf(page: Page, clusterId: string): Promise<string> {
  const cluster = (await fleetOf(page)).clusters.find(({ id }) => id === clusterId);
  const primary = cluster?.instances.find(({ role }) => role === 'primary');
  if (!primary) throw new Error('The demo has no primary.');
  return primary.id;
}

async function makePlan(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await page.getByRole('heading', { name: 'What will be done' }).waitFor({ timeout: 60_000 });
}

/** Waits for the run's end; any other than success is an error, since pictures of it would tell a lie. */
async function endOfRun(page: Page): Promise<void> {
  const ended = page.locator('[data-run-state=succeeded], [data-run-state=failed]');
  await ended.waitFor({ timeout: 180_000 });
  if ((await ended.getAttribute('data-run-state')) !== 'succeeded') throw new Error(`failed: ${page.url()}`);
  await page.locator('[data-verdict=pass]').first().waitFor();
}
