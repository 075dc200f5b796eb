// Opens the pages that tasks name, and reports what they did.
import { launch, work } from './serve.mjs';

let browser = launch();

// openTab opens an empty page, whose events are counted in seen.
async function openTab() {
  const context = await (await browser).newContext();
  const page = await context.newPage();
  const tab = { context, page, seen: {}, url: '' };
  context.on('page', (popup) => {
    tab.seen.popups++;
    popup.close().catch(() => {});
  });
  page.on('dialog', (dialog) => {
    tab.seen.dialogs++;
    dialog.dismiss().catch(() => {}); // it may go by itself: with its frame, or as the page is left
  });
  page.on('download', () => { tab.seen.download = true; });
  page.on('request', (request) => { if (request.url() !== tab.url) tab.seen.requests.push(request.url()); });
  return tab;
}

// play plays the video of a page to its end; such a page is never idle.
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

// load loads pictures and films. It runs in the page.
async function load({ pictures, films }) {
  function colors(image, width, height) {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return [[1, 1], [3, 1], [1, 3], [3, 3]].map(([x, y]) =>
      Array.from(context.getImageData(Math.floor(width * x / 4), Math.floor(height * y / 4), 1, 1).data));
  }
  async function picture(path) {
    const image = new Image();
    image.src = path;
    await image.decode().catch(() => {}); // what is broken has no size
    const { naturalWidth: width, naturalHeight: height } = image;
    return { width, height, colors: width > 0 ? colors(image, width, height) : [] };
  }
  function event(video, name) {
    return new Promise((resolve) => {
      video.addEventListener(name, resolve, { once: true });
      video.addEventListener('error', resolve, { once: true });
      setTimeout(resolve, 30000);
    });
  }
  async function film(path) {
    const video = document.createElement('video');
    Object.assign(video, { muted: true, preload: 'auto', src: path });
    await event(video, 'loadeddata');
    if (!video.error) {
      video.currentTime = 0.3;
      await event(video, 'seeked');
    }
    const { videoWidth: width, videoHeight: height, duration, error } = video;
    const seen = { width, height, seconds: isFinite(duration) ? duration : 0, colors: [], error: error?.message ?? '' };
    const deadline = Date.now() + 10000;
    while (width > 0) {
      seen.colors = colors(video, width, height);
      if (seen.colors.some(([, , , alpha]) => alpha > 0) || Date.now() > deadline) break;
      await new Promise((resolve) => setTimeout(resolve, 50)); // the frame may come after the event
    }
    video.removeAttribute('src');
    video.load(); // frees the player
    return seen;
  }
  const all = { pictures: [], films: [] };
  for (const path of pictures) all.pictures.push(await picture(path));
  for (const path of films) all.films.push(await film(path));
  return all;
}

// frame returns the texts of pages that the page shows in frames.
async function frame(page, paths) {
  await page.evaluate((paths) => Promise.all(paths.map((src) => new Promise((resolve) => {
    document.body.append(Object.assign(document.createElement('iframe'), { src, onload: resolve }));
  }))), paths);
  const texts = [];
  for (const element of await page.locator('iframe').elementHandles()) {
    const content = await element.contentFrame();
    texts.push(await content.evaluate(() => document.body.innerText));
  }
  return texts;
}

// describe describes the document. It runs in the page.
function describe() {
  const rgb = (color) => color.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const hasText = (element) => Array.from(element.childNodes).some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
  const dark = matchMedia('(prefers-color-scheme: dark)').matches && getComputedStyle(document.documentElement).colorScheme.includes('dark');
  function behind(element) {
    for (; element; element = element.parentElement) {
      const color = rgb(getComputedStyle(element).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return dark ? [18, 18, 18] : [255, 255, 255]; // the browser's own
  }
  function contrast(element) {
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(behind(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }
  const texts = Array.from(document.body?.querySelectorAll('*') ?? []).filter((element) => hasText(element) && element.checkVisibility());
  return {
    text: document.body?.innerText ?? '',
    overflow: document.documentElement.scrollWidth - innerWidth,
    directions: Array.from(document.querySelectorAll('main [dir=auto]'), (block) => getComputedStyle(block).direction),
    contrast: Math.min(21, ...texts.map(contrast)),
  };
}

// screenshot writes the whole page, or the beginning of a long one.
async function screenshot(page, path) {
  const { width, height } = page.viewportSize();
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.min(Math.max(whole, height), 3000) });
  await page.screenshot({ path });
}

// look opens a page, does what it asks for, and reports what came of it.
async function look(tab, { url, cookie, dark, phone, settle, click, leaves, plays, shot, pictures, films, frames }) {
  const seen = { status: 0, type: '', dialogs: 0, popups: 0, download: false, requests: [], url: '', error: '' };
  const { page } = tab;
  Object.assign(tab, { seen, url });
  try {
    await page.setViewportSize(phone ? { width: 390, height: 844 } : { width: 900, height: 700 });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    if (cookie) await tab.context.addCookies([{ name: 'session', value: cookie, url }]);
    try {
      const response = await page.goto(url, { waitUntil: 'load', timeout: 30000 });
      seen.status = response?.status() ?? 0;
      seen.type = response?.headers()['content-type'] ?? '';
    } catch (error) {
      if (!/Download is starting|ERR_ABORTED/.test(error.message)) throw error;
      seen.download = true;
      await page.goto('about:blank');
    }
    if (settle && !plays) await page.waitForLoadState('networkidle');
    if (click) {
      for (const link of await page.locator(click).all()) {
        await link.click({ noWaitAfter: true, timeout: 5000 });
        if (leaves) await page.waitForURL((now) => now.origin !== new URL(url).origin);
        if (settle) {
          await page.waitForURL((now) => now.href !== url, { timeout: 500 }).catch(() => {}); // most clicks lead nowhere
          await page.waitForLoadState('networkidle');
        }
      }
    }
    seen.url = page.url();
    if (plays) seen.video = await play(page);
    if (pictures || films) Object.assign(seen, await page.evaluate(load, { pictures: pictures ?? [], films: films ?? [] }));
    if (frames) seen.frames = await frame(page, frames);
    Object.assign(seen, await page.evaluate(describe).catch(() => ({}))); // a viewer's page may be closed to scripts
    if (shot) await screenshot(page, shot);
  } catch (error) {
    seen.error = String(error);
  }
  return seen;
}

// Each of the two has one tab, which is replaced when a page has failed. Chromium crashes
// rarely, on a machine that does much else; the page is then opened once more.
function opener() {
  let tab;
  return async (visit) => {
    for (let again = false; ; again = true) {
      const by = browser;
      let seen;
      try {
        tab ??= await openTab();
        seen = await look(tab, visit);
      } catch (error) {
        seen = { error: String(error) };
      }
      if (!seen.error) return seen;
      await tab?.context.close().catch(() => {});
      tab = undefined;
      if (again || !seen.error.includes('browser has been closed')) return seen;
      if (browser === by) browser = launch();
    }
  };
}

await Promise.all([work(opener()), work(opener())]);
