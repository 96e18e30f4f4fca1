import { writeFileSync } from 'node:fs';
import type { Browser, Page } from '@playwright/test';

const size = { width: 1440, height: 900 };

/** A README is read over slow lines too. */
const largestPicture = 250_000;

export interface Camera {
  page: Page;
  /** A picture of the page as it is, named `name.png`. */
  take(name: string): Promise<void>;
  /** Opens the page with `open` by day and by night, and takes `name.png` and `name-dark.png`. */
  takeBoth(name: string, open: () => Promise<void>): Promise<void>;
}

/** A page of a fixed size in a browser, whose pictures show nothing of the machine that takes them. */
export async function openCamera(
  browser: Browser,
  options: { folder: string; hide: Record<string, string>; note(text: string): void },
): Promise<Camera> {
  const context = await browser.newContext({
    viewport: size,
    colorScheme: 'light',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  });
  // A small machine draws beside a demo that is at work.
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const shoot = async (name: string) => {
    await hideTexts(page, options.hide);
    const picture = await page.screenshot({ animations: 'disabled', caret: 'hide', timeout: 120_000 });
    if (picture.byteLength > largestPicture) {
      throw new Error(`${name}.png has ${picture.byteLength} bytes; at most ${largestPicture} are wanted.`);
    }
    writeFileSync(`${options.folder}/${name}.png`, picture);
    options.note(`${name}.png, ${Math.round(picture.byteLength / 1000)} kB`);
  };
  return {
    page,
    take: shoot,
    takeBoth: async (name, open) => {
      await open();
      await shoot(name);
      await page.emulateMedia({ colorScheme: 'dark' });
      // Opened anew: figures would have grown old while the browser drew everything again.
      await open();
      await shoot(`${name}-dark`);
      await page.emulateMedia({ colorScheme: 'light' });
    },
  };
}

/** Replaces texts in the page as it stands; the next answer of the console brings them back. */
async function hideTexts(page: Page, hide: Record<string, string>): Promise<void> {
  await page.evaluate((pairs) => {
    const replaced = (text: string) => pairs.reduce((now, [from, to]) => now.replaceAll(from, to), text);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.nodeValue ?? '';
      if (replaced(text) !== text) node.nodeValue = replaced(text);
    }
  }, Object.entries(hide));
}
