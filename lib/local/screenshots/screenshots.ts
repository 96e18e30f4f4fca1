import { existsSync, mkdirSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { createProgress, type LaunchContext } from '@/lib/local/progress';
import { openCamera } from '@/lib/local/screenshots/camera';
import { demoConsole, givenConsole } from '@/lib/local/screenshots/console';
import { walkTour } from '@/lib/local/screenshots/tour';
import { waitForEnd } from '@/lib/local/shutdown';

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * `npm run screenshots`: walks the README's tour in a real browser and writes e2e/screenshots/*.png. The console is
 * the one at PLUMBLINE_URL, signed in to as PLUMBLINE_EMAIL with PLUMBLINE_PASSWORD (a dba; its cluster `demo` gets a
 * backup, a drill and a scorecard), or without these a demo of its own in a folder that is removed at the end.
 */
export async function main(_args: string[], context: LaunchContext): Promise<number> {
  const progress = createProgress(context);
  waitForEnd(context.watchParent).then(() => process.exit(130));
  const folder = `${context.root}/e2e/screenshots`;
  mkdirSync(folder, { recursive: true });
  const executablePath = process.env.PLUMBLINE_CHROMIUM ?? browsers.find((path) => existsSync(path));

  progress.step('Console');
  const console = givenConsole(process.env) ?? (await demoConsole(context.root, progress));
  try {
    progress.step('Pictures');
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    const camera = await openCamera(browser, { folder, hide: console.hide, note: progress.note });
    await walkTour(camera, console);
    await browser.close();
  } finally {
    await console.stop();
  }
  process.exit(0);
}
