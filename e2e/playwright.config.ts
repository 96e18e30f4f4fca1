import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const chromium = process.env.PLUMBLINE_CHROMIUM ?? candidates.find((path) => existsSync(path));

/**
 * Flows of real people through the real console: built pages, worker, PostgreSQL and Redis, all started by
 * fixtures/console.ts. Two at a time, each worker with a console of its own; with three on two processors each waits
 * for the others.
 */
export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  outputDir: '../test-results',
  workers: 2,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  // Figures come once per round of a check, some only each minute or two; a busy machine doubles that.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    locale: 'en-GB',
    // Not UTC: pages show local time with UTC beside it.
    timezoneId: 'Europe/Berlin',
    screenshot: 'only-on-failure',
    // Copies the whole page before and after each act; `--trace on` asks for it.
    trace: 'off',
    launchOptions: {
      executablePath: chromium,
      args: [
        // Chromium's own sandbox needs rights that a container or root does not have.
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
