// Opens pages in Chromium and tells what they did. Reads one line of JSON: how
// to start, and the pages; writes one line of JSON for each page. It ends with
// its standard input, and the browser with it.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const line = await new Promise((resolve) => {
  const lines = createInterface({ input: process.stdin });
  lines.once('line', resolve);
  lines.once('close', () => process.exit(1));
});
const { modules, executable, headed, origin, cookie, pages } = JSON.parse(line);
const { chromium } = createRequire(join(modules, 'node_modules', 'x.js'))('playwright-core');

const browser = await chromium.launch({
  executablePath: executable,
  headless: !headed,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

// play plays a video to its end; its page is never idle.
async function play(page) {
  const video = page.locator('video');
  await video.evaluate((v) => { v.muted = true; v.play(); });
  const deadline = Date.now() + 20000;
  let state;
  do {
    await page.waitForTimeout(50);
    state = await video.evaluate((v) => ({ ended: v.ended, width: v.videoWidth, height: v.videoHeight, seconds: v.currentTime, error: v.error?.message ?? '' }));
  } while (!state.ended && !state.error && Date.now() < deadline);
  return state;
}

// pictures returns the size of each picture on a page and the colors in the
// middle of its quarters.
async function pictures(page) {
  return page.evaluate(() => Promise.all(Array.from(document.images, async (image) => {
    await image.decode().catch(() => {}); // what is broken has no size
    const { naturalWidth: width, naturalHeight: height } = image;
    const colors = [];
    if (width > 0) {
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      for (const [x, y] of [[1, 1], [3, 1], [1, 3], [3, 3]]) {
        colors.push(Array.from(context.getImageData(Math.floor(width * x / 4), Math.floor(height * y / 4), 1, 1).data));
      }
    }
    return { width, height, colors };
  })));
}

// look opens one page, does what it asks for, and tells what came of it.
async function look({ name, path, click, leaves, shot, dark, plays, phone, whole, images }) {
  const seen = { name, status: 0, type: '', dialogs: 0, popups: 0, download: false, requests: [], url: '', frames: 0 };
  let context;
  try {
    context = await browser.newContext({
      viewport: phone ? { width: 390, height: 844 } : { width: 900, height: 700 },
      colorScheme: dark ? 'dark' : 'light',
      ignoreHTTPSErrors: true,
    });
    await context.addCookies([{ name: 'session', value: cookie, url: origin }]);
    const page = await context.newPage();
    context.on('page', () => seen.popups++);
    page.on('dialog', (dialog) => {
      seen.dialogs++;
      dialog.dismiss().catch(() => {}); // it may go by itself: with its frame, or as the page is left
    });
    page.on('download', () => { seen.download = true; });
    page.on('request', (request) => { if (request.url() !== origin + path) seen.requests.push(request.url()); });
    try {
      const response = await page.goto(origin + path, { waitUntil: 'load', timeout: 30000 });
      seen.status = response?.status() ?? 0;
      seen.type = response?.headers()['content-type'] ?? '';
    } catch (error) {
      if (!/Download is starting|ERR_ABORTED/.test(error.message)) throw error;
      seen.download = true;
    }
    if (!plays) await page.waitForLoadState('networkidle');
    if (click) {
      for (const link of await page.locator(click).all()) {
        await link.click({ noWaitAfter: true, timeout: 5000 });
        if (leaves) await page.waitForURL((url) => url.origin !== origin);
        await page.waitForLoadState('networkidle');
      }
    }
    seen.url = page.url();
    seen.frames = page.frames().length;
    if (plays) seen.video = await play(page);
    if (images) seen.images = await pictures(page);
    seen.overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth).catch(() => 0);
    seen.directions = await page.evaluate(() => Array.from(document.querySelectorAll('main [dir=auto]'), (block) => getComputedStyle(block).direction)).catch(() => []);
    if (shot) {
      await page.screenshot({ path: shot, fullPage: whole });
    }
    await context.close();
  } catch (error) {
    seen.error = String(error);
    await context?.close().catch(() => {}); // of two errors the first is told
  }
  return seen;
}

for (const page of pages) {
  process.stdout.write(JSON.stringify(await look(page)) + '\n');
}
await browser.close();
process.exit(0);
