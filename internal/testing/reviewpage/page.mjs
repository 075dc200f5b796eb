// Does in tabs of Chromium what tasks ask for. A task names a tab and an act, which
// returns what was seen.
import { createHash } from 'node:crypto';
import { launch, work } from '../chromium/serve.mjs';
import { analyze, measure, tabThrough } from './audit.mjs';

const browser = await launch();
const tabs = new Map();
const patience = 90000; // milliseconds; the machine may do other work

// prepare notes when a key or a pointer is used. Unless news are to come, it lets none come,
// so that a newer version that has arrived is not told before the key. It runs in a page
// that has just come, and not in its frames.
function prepare(news) {
  for (const name of ['keydown', 'pointerdown']) {
    addEventListener(name, () => sessionStorage.setItem('pressed', performance.timeOrigin + performance.now()), true);
  }
  if (news) return;
  window.fetch = () => new Promise(() => {});
  window.EventSource = class extends EventTarget { close() {} };
}

// leads does something, and waits until it has led to another page.
async function leads({ page, script, news }, act) {
  const came = page.waitForEvent('domcontentloaded');
  came.catch(() => {});
  await act();
  await came;
  if (script) await page.evaluate(prepare, news);
}

// elapsed returns the milliseconds from the last key until the page is drawn, and its
// content can be decided about. It runs in the page.
async function elapsed() {
  const approve = document.querySelector('[data-key=a]');
  do await new Promise(requestAnimationFrame); while (approve?.getAttribute('aria-disabled'));
  return performance.timeOrigin + performance.now() - Number(sessionStorage.getItem('pressed'));
}

// describe describes what is on the screen. It runs in the page.
function describe() {
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility());
  const at = document.activeElement;
  return {
    url: location.href, title: document.title, text: document.body.innerText, version: Number(one('[data-version]:not([data-item])')?.dataset.version ?? 0),
    id: one('#approve, #ask')?.getAttribute('action').match(/[0-9a-f-]{36}/)[0] ?? '', sha256: one('#approve [name=sha256], #ask [name=sha256]')?.value ?? '',
    focus: at?.dataset.key ?? at?.id ?? '', focused: at?.matches('body') ? '' : at?.innerText ?? '',
    described: (at?.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.innerText.trim()).filter(Boolean).pop() ?? '',
    said: all('[role=status], [role=alert], [aria-live]').map((e) => e.innerText.trim()).filter(Boolean),
    disabled: all('[aria-disabled=true], :disabled').map((b) => ({ button: b.innerText.trim().split('\n')[0], why: document.getElementById(b.getAttribute('aria-describedby'))?.innerText.trim() ?? '' })),
    buttons: all('button, a.btn').filter((b) => !b.matches('[aria-disabled=true]')).map((b) => b.innerText.trim()),
    inserted: all('ins').map((e) => e.innerText), deleted: all('del').map((e) => e.innerText),
    sources: all('main :is(img, video, iframe)').map((e) => new URL(e.src).pathname), cells: all('main :is(td, th[scope=row])').map((e) => e.innerText),
    numbers: [...document.title.matchAll(/\d+ ·/g), ...all('.strip section:first-child .ver, .paper > header > .ver.on, .decide .l1 .ver.on, #approve button').flatMap((e) => e.innerText.match(/\d+/) ?? []),
      ...[...document.querySelectorAll('#approve [name=version], #ask [name=version]')].map((e) => e.value)].map((n) => parseInt(n, 10)),
  };
}

// content returns what the page shows of a version: the text, or the SHA-256 of the bytes.
async function content(page) {
  const preview = '.sheet-of[src*="/preview"]';
  if (await page.locator(preview).count()) return page.frameLocator(preview).locator('main').innerText();
  if (await page.locator('.text').count()) return (await page.locator('.text .ln').allTextContents()).map((line) => line.replace('\u200b', '')).join('\n');
  const source = page.locator('[data-content], .sheet-of, .paper footer a[download]').first();
  const url = await source.evaluate((e) => e.src ?? e.href);
  return createHash('sha256').update(await (await page.request.get(url)).body()).digest('hex');
}

// approveBy approves what is on the screen, as far as there is a button for that.
const approveBy = {
  async keys(tab) {
    const { page } = tab;
    const seen = page.locator('[name=seen]:visible');
    await page.keyboard.press('a');
    if (await seen.count()) {
      await seen.focus();
      await page.keyboard.press('Space');
      await page.keyboard.press('a');
    }
    await page.locator('[data-key=a]:not([aria-disabled])').waitFor();
    await leads(tab, async () => {
      // The viewer of a PDF may take the focus before the key does. Who notices presses
      // the keys again, on the same page.
      await page.evaluate(() => { window.here = true; });
      for (let i = 0; i < 200; i++) {
        const at = await page.evaluate(() => (!window.here || document.querySelector('#approve').dataset.sent ? '' : document.activeElement?.dataset.key ?? 'other')).catch(() => '');
        if (at === '') return;
        await page.keyboard.press(at === 'a' ? 'Enter' : 'a');
      }
    });
  },
  async mouse(tab) {
    const { page } = tab;
    if (await page.locator('[name=seen]:visible').count()) await page.locator('[name=seen]').check();
    await page.locator('[data-key=a]:not([aria-disabled])').waitFor();
    await leads(tab, () => page.locator('[data-key=a]').click());
  },
  async touch(tab) {
    const { page } = tab;
    if (await page.locator('[name=seen]:visible').count()) await page.locator('[name=seen]').tap();
    await page.locator('[data-key=a]:not([aria-disabled])').waitFor();
    await leads(tab, () => page.locator('[data-key=a]').tap());
  },
};

const use = {
  press: ({ page }, { key }) => page.keyboard.press(key),
  click: ({ page }, { on }) => page.locator(on).first().click({ force: on.includes('aria-disabled') }), // playwright waits for what is disabled
  tap: ({ page }, { on }) => page.locator(on).first().tap(),
  back: ({ page }) => page.evaluate(() => history.back()).catch(() => {}), // the page may go first
};

const acts = {
  async open({ tab, url, who, dark, width, language, script, touch, reduced, forced, news }) {
    const context = await browser.newContext({
      viewport: { width, height: width < 500 ? 800 : 900 }, colorScheme: dark ? 'dark' : 'light', locale: language, timezoneId: 'UTC',
      javaScriptEnabled: script, hasTouch: touch, isMobile: touch, reducedMotion: reduced ? 'reduce' : 'no-preference',
      forcedColors: forced ? 'active' : 'none',
    });
    if (who) await context.addCookies([{ name: 'who', value: who, url }]);
    context.setDefaultTimeout(patience);
    const page = await context.newPage();
    const seen = { dialogs: 0, popups: 0, elsewhere: [], complaints: [], posts: [], referers: [], asked: 0, server: new URL(url).origin };
    context.on('page', () => { seen.popups++; });
    page.on('dialog', (dialog) => { seen.dialogs++; dialog.dismiss().catch(() => {}); });
    page.on('request', (request) => { if (!request.url().startsWith(seen.server) && !/^(data|blob|about|chrome|chrome-extension):/.test(request.url())) seen.elsewhere.push(request.url()); });
    page.on('request', (request) => { const { referer } = request.headers(); if (referer) seen.referers.push(referer); });
    page.on('request', (request) => { if (/\/events\?/.test(request.url()) && request.headers().accept !== 'text/event-stream') seen.asked++; });
    page.on('response', (response) => { if (response.request().method() === 'POST') seen.posts.push(response.status()); });
    page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) seen.complaints.push(message.text()); });
    page.on('pageerror', (error) => seen.complaints.push(String(error)));
    tabs.set(tab, { context, page, seen, script, news });
    return {};
  },
  async close({ tab }) {
    const { context, seen } = tabs.get(tab);
    tabs.delete(tab);
    await context.close();
    return seen;
  },
  // before has every page run a script before its own.
  async before({ tab, script }) {
    await tabs.get(tab).page.addInitScript(script);
    return {};
  },
  async visit({ tab, url }) {
    const { page, script, news } = tabs.get(tab);
    const response = await page.goto(url);
    if (script) await page.evaluate(prepare, news);
    return { status: response.status() };
  },
  // hold presses a key until it has repeated.
  async hold({ tab, key }) {
    const { page } = tabs.get(tab);
    await page.evaluate(() => { // the first press is that of the keys before
      addEventListener('keydown', (e) => { if (!e.repeat) e.preventDefault(); }, { capture: true, once: true });
    });
    for (let i = 0; i < 3; i++) await page.keyboard.down(key);
    await page.keyboard.up(key);
    return {};
  },
  // become changes who is signed in.
  async become({ tab, who, url }) {
    const { context } = tabs.get(tab);
    await context.clearCookies();
    if (who) await context.addCookies([{ name: 'who', value: who, url }]);
    return {};
  },
  async act({ tab, does, follows, ...how }) {
    const at = tabs.get(tab);
    await (follows ? leads(at, () => use[does](at, how)) : use[does](at, how));
    return {};
  },
  // twice clicks, or taps, on a button that leads to another page, and before a tenth of a
  // second has passed there, by its clock of animations, in the middle of a button on it.
  async twice({ tab, on, then, touch }) {
    const at = tabs.get(tab), { page, context } = at;
    const clock = await context.newCDPSession(page);
    await clock.send('Animation.enable');
    const first = page.locator(on).first();
    await (touch ? first.tap({ trial: true }) : first.click({ trial: true })); // it has come to rest
    await clock.send('Animation.setPlaybackRate', { playbackRate: 0.001 });
    await leads(at, () => (touch ? first.tap({ force: true }) : first.click({ force: true })));
    const second = page.locator(then).first();
    await second.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await second.boundingBox();
    await (touch ? page.touchscreen.tap(x + width / 2, y + height / 2) : page.mouse.click(x + width / 2, y + height / 2, { clickCount: 2 }));
    await clock.send('Animation.setPlaybackRate', { playbackRate: 1 });
    await clock.detach();
    return {};
  },
  async fill({ tab, on, text }) {
    await tabs.get(tab).page.locator(on).first().fill(text);
    return {};
  },
  async check({ tab, on }) {
    await tabs.get(tab).page.locator(on).first().check();
    return {};
  },
  // value returns what a field has, or nothing if there is none.
  async value({ tab, on }) {
    const field = tabs.get(tab).page.locator(on);
    return { value: await field.count() ? await field.first().inputValue() : '' };
  },
  async wait({ tab, on }) {
    await tabs.get(tab).page.locator(on).first().waitFor();
    return {};
  },
  // block lets no request succeed whose path has a text: it gets a status, or else no
  // response. With accept it is only those that accept that type.
  async block({ tab, path, status, accept = '' }) {
    await tabs.get(tab).page.route((url) => url.pathname.includes(path), (route) => {
      if (!(route.request().headers().accept ?? '').includes(accept)) return route.continue();
      return status ? route.fulfill({ status, body: '{}' }) : route.abort();
    });
    return {};
  },
  // delay lets the requests wait whose path has a text, until release.
  async delay({ tab, path }) {
    const at = tabs.get(tab);
    await at.page.route((url) => url.pathname.includes(path), (route) => { (at.waiting ??= []).push(route); });
    return {};
  },
  // release waits until a picture has loaded for which requests have waited.
  async release({ tab, on }) {
    const at = tabs.get(tab);
    for (const route of at.waiting) await route.continue();
    await at.page.waitForFunction((picture) => document.querySelector(picture).naturalWidth > 0, on);
    await at.page.evaluate(() => new Promise((done) => { setTimeout(done); })); // its event comes first
    return {};
  },
  // bare returns how many elements are seen that a selector selects, and which of them have no
  // border that differs from the ground or, with the focus, no outline.
  async bare({ tab, on }) {
    return tabs.get(tab).page.evaluate((selector) => {
      const all = [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility());
      const isBare = (e) => {
        e.focus();
        const style = getComputedStyle(e);
        return parseFloat(style.borderTopWidth) < 1 || style.borderTopStyle === 'none' || style.borderTopColor === style.backgroundColor || style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 1;
      };
      return { seen: all.length, bare: all.filter(isBare).map((e) => e.outerHTML.slice(0, 160)) };
    }, on);
  },
  // printed returns the computed style of an element as it is printed.
  async printed({ tab, on, style }) {
    const { page } = tabs.get(tab);
    await page.emulateMedia({ media: 'print' });
    return { value: await page.locator(on).first().evaluate((e, name) => getComputedStyle(e)[name], style) };
  },
  look: ({ tab }) => tabs.get(tab).page.evaluate(describe),
  // hear waits until a text is announced: by an element for that, or, unless that is asked
  // for, because what has the focus is or is described by it.
  async hear({ tab, text, aloud }) {
    const { page } = tabs.get(tab);
    for (const deadline = Date.now() + patience / 6; ; await page.waitForTimeout(50)) {
      const on = await page.evaluate(describe);
      if ([...on.said, ...aloud ? [] : [on.focused, on.described]].some((t) => t.startsWith(text))) return { heard: true };
      if (Date.now() > deadline) return { heard: false, said: on.said, focused: on.focused };
    }
  },
  content: async ({ tab }) => ({ shown: await content(tabs.get(tab).page) }),
  async approve({ tab, by, timed }) {
    const at = tabs.get(tab), { page } = at;
    await approveBy[by](at);
    return { milliseconds: timed ? await page.evaluate(elapsed) : 0 };
  },
  async frames({ tab }) {
    const frames = tabs.get(tab).page.frames().slice(1);
    return { texts: await Promise.all(frames.map((frame) => frame.locator('body').innerText({ timeout: 2000 }).catch(() => ''))) };
  },
  async settle({ tab }) {
    await tabs.get(tab).page.waitForLoadState('networkidle');
    return {};
  },
  // harmless returns what agents may have brought into a page: what runs, loads or leads
  // elsewhere.
  harmless: ({ tab }) => tabs.get(tab).page.evaluate(() => ({
    overflow: document.documentElement.scrollWidth - innerWidth,
    foreign: [...document.querySelectorAll('script, style, link, base, meta[http-equiv], object, embed, iframe, img, video, a, form, [style]')].filter((e) => {
      const to = e.src ?? e.href ?? e.action ?? '';
      return e.matches('style, base, meta, object, embed, [srcdoc], [style]:not(html, .over)') || e.matches('script:not([src])') || typeof to === 'string' && to && new URL(to).origin !== location.origin ||
        [...e.attributes].some((a) => a.name.startsWith('on'));
    }).map((e) => e.outerHTML.slice(0, 160)),
  })),
  // audit looks for what is not accessible.
  async audit({ tab }) {
    const { page } = tabs.get(tab);
    return { violations: await analyze(page), ...await page.evaluate(measure) };
  },
  tabThrough: ({ tab }) => tabThrough(tabs.get(tab).page),
  async shoot({ tab, path }) {
    await tabs.get(tab).page.screenshot({ path });
    return {};
  },
};

await Promise.all(Array.from({ length: 8 }, () => work(async ({ task, ...rest }) => acts[task](rest))));
