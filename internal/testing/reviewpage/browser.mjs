// Does in Chromium what a line of input asks for, and writes a line of output for each.
// The first line says where the programs are. It ends with its input.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const lines = createInterface({ input: process.stdin });
lines.once('close', () => process.exit(0));
const input = lines[Symbol.asyncIterator]();
const { modules, executable } = JSON.parse((await input.next()).value);
const need = createRequire(join(modules, 'node_modules', 'x.js'));
const { chromium } = need('playwright-core');
const { AxeBuilder } = need('@axe-core/playwright');
const browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'] });

// open opens a page whose requests, dialogs and complaints are kept.
async function open({ url, who, dark, width, language, script, touch, reduced }) {
  const context = await browser.newContext({
    viewport: { width: width || 1440, height: width === 360 || width === 390 ? 800 : 900 }, colorScheme: dark ? 'dark' : 'light',
    javaScriptEnabled: script !== false, hasTouch: Boolean(touch), locale: language || 'en', reducedMotion: reduced ? 'reduce' : 'no-preference',
  });
  if (who) await context.addCookies([{ name: 'who', value: who, url }]);
  const page = await context.newPage();
  const seen = { dialogs: 0, elsewhere: [], complaints: [] };
  const origin = new URL(url).origin;
  page.on('dialog', (dialog) => { seen.dialogs++; dialog.dismiss().catch(() => {}); });
  page.on('request', (request) => { if (!request.url().startsWith(origin) && !/^(data|blob|chrome|chrome-extension):/.test(request.url())) seen.elsewhere.push(request.url()); });
  page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) seen.complaints.push(message.text()); });
  page.on('pageerror', (error) => seen.complaints.push(String(error)));
  return { context, page, seen };
}

// leads presses or clicks, and waits until another page has come.
async function leads(page, act) {
  const before = page.url();
  await page.evaluate(() => { window.left = true; });
  await act();
  const deadline = Date.now() + 90000;
  while (await page.evaluate(() => window.left || document.readyState === 'loading').catch(() => true)) {
    if (Date.now() > deadline) {
      throw new Error(`no page follows ${before}: ${await page.evaluate(() => `${document.activeElement?.outerHTML.slice(0, 200)}; ${document.body.innerText.slice(0, 400)}`)}`);
    }
    await page.waitForTimeout(10);
  }
}

const onScreen = (page) => page.evaluate(() => ({
  version: Number(document.querySelector('[data-version]')?.dataset.version ?? 0),
  id: document.querySelector('#approve, #ask')?.getAttribute('action')?.match(/[0-9a-f-]{36}/)?.[0] ?? '',
  sha256: document.querySelector('#approve [name=sha256]')?.value ?? '',
}));

// approveBy approves what is on the screen.
const approveBy = {
  async keys(page) {
    await page.keyboard.press('a');
    if (await page.locator('[name=seen]:visible').count()) {
      await page.locator('[name=seen]:visible').focus();
      await page.keyboard.press('Space');
      await page.keyboard.press('a');
    }
    await page.locator('[data-key=a]:not([aria-disabled])').waitFor();
    await leads(page, async () => {
      // The viewer of a PDF may take the focus before the key does. Who notices presses
      // the keys again, on the same page.
      for (let i = 0; i < 200; i++) {
        const now = await page.evaluate(() => (!window.left || document.querySelector('#approve').dataset.sent ? 'sent' : document.activeElement?.dataset.key)).catch(() => 'sent');
        if (now === 'sent') return;
        await page.keyboard.press(now === 'a' ? 'Enter' : 'a');
      }
    });
  },
  async mouse(page) {
    if (await page.locator('[name=seen]:visible').count()) await page.locator('[name=seen]').check();
    await page.locator('[data-key=a]:not([aria-disabled])').waitFor();
    await leads(page, () => page.locator('[data-key=a]').click());
  },
  async touch(page) {
    if (await page.locator('[name=seen]:visible').count()) await page.locator('[name=seen]').tap();
    await page.locator('[data-key=a]:not([aria-disabled])').waitFor();
    await leads(page, () => page.locator('[data-key=a]').tap());
  },
};

const tasks = {
  // triage decides about all that waits. The agent adds a version to some while they
  // are looked at.
  async triage({ regenerate, every, by, start, ...where }) {
    const { context, page, seen } = await open(where);
    const decided = [], times = [], conflicts = [];
    await page.goto(where.url);
    for (let i = 0; await page.locator('[data-key=a]').count(); i++) {
      const shown = await onScreen(page);
      const overtaken = every > 0 && i % every === every - 1;
      if (overtaken) await page.request.get(regenerate + shown.id);
      const begin = performance.now();
      await approveBy[by](page);
      if (overtaken) {
        const text = await page.locator('main').innerText();
        conflicts.push({ id: shown.id, status: /Nothing was decided/.test(text), change: await page.locator('ins, img, video, iframe, .members, .cut').count() > 0, buttons: await page.locator('[value=approve]').count() });
        await leads(page, () => by === 'keys' ? page.keyboard.press('o') : page.locator('[data-key=o]').click());
        const again = await onScreen(page);
        await approveBy[by](page);
        decided.push(again);
        continue;
      }
      times.push(performance.now() - begin);
      decided.push(shown);
      if (decided.length > 2000) throw new Error('it does not end');
    }
    const end = await page.locator('main').innerText();
    await context.close();
    return { decided, times, conflicts, end, ...seen };
  },

  // check looks for what is not accessible on a page.
  async check({ acts, shot, quick, ...where }) {
    const { context, page, seen } = await open(where);
    const response = await page.goto(where.url);
    for (const act of acts ?? []) {
      if (act.press) await page.keyboard.press(act.press);
      if (act.click) await page.locator(act.click).first().click();
      if (act.wait) await page.locator(act.wait).waitFor();
    }
    const found = quick ? { violations: [] } : await new AxeBuilder({ page }).exclude('iframe').analyze();
    const violations = found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.html.slice(0, 200)}`));
    const measured = await page.evaluate(() => ({
      overflow: document.documentElement.scrollWidth - innerWidth,
      // A link of class open is as large as its card or row.
      small: [...document.querySelectorAll('a, button, summary, label.tick, label.pick, input:not([type=hidden]), textarea')].filter((e) => e.checkVisibility() && !e.closest('.open, .vh, .prose, p:not(.acts), h2, dd')).filter((e) => {
        const { width, height } = (e.closest('label') ?? e).getBoundingClientRect();
        return width > 1 && (width < 23.9 || height < 23.9);
      }).map((e) => e.outerHTML.slice(0, 160)),
      moving: matchMedia('(prefers-reduced-motion: reduce)').matches ? [...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).transitionDuration.split(',').some((d) => parseFloat(d) > 0)).length : 0,
    }));
    if (shot) await page.screenshot({ path: shot });
    const text = await page.locator('body').innerText();
    await context.close();
    return { status: response.status(), violations, text, ...measured, ...seen };
  },

  // tab goes through a page with the tabulator, and reports what has the focus but is
  // hidden by the bar.
  async tab(where) {
    const { context, page, seen } = await open(where);
    await page.goto(where.url);
    const hidden = [];
    let stops = 0;
    for (; stops < 120; stops++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const e = document.activeElement, bar = document.querySelector('.decide');
        if (!e || e === document.body) return null;
        const a = e.getBoundingClientRect(), b = bar.getBoundingClientRect();
        const covered = !bar.contains(e) && !e.closest('[popover], .skip') && a.top >= b.top && a.bottom <= b.bottom;
        return { covered, markup: e.outerHTML.slice(0, 160) };
      });
      if (!at) break;
      if (at.covered) hidden.push(at.markup);
    }
    await context.close();
    return { hidden, stops, ...seen };
  },

  // letters switches single letters off, and looks whether they do anything.
  async letters(where) {
    const { context, page, seen } = await open(where);
    await page.goto(where.url);
    const focused = () => page.evaluate(() => document.activeElement?.dataset?.key ?? document.activeElement?.id ?? '');
    const said = () => page.locator('#say').innerText();
    await page.keyboard.press('a');
    const first = { focus: await focused(), said: await said() };
    await page.keyboard.press('Escape');
    const left = await focused();
    await page.keyboard.press('?');
    await page.locator('#letters').uncheck();
    await page.locator('#keys button').click();
    await page.reload();
    await page.keyboard.press('a');
    const off = await focused();
    const url = page.url();
    await context.close();
    return { first, left, off, url, ...seen };
  },

  // frame opens a page of another site that frames the page, and one that posts to it.
  async attack({ frames, posts, ...where }) {
    const { context, page } = await open({ ...where, url: where.url });
    await page.goto(frames);
    await page.waitForTimeout(300);
    const framed = await Promise.all(page.frames().slice(1).map((f) => f.locator('body').innerText({ timeout: 1000 }).catch(() => '')));
    const answers = [];
    page.on('response', (response) => { if (response.request().method() === 'POST') answers.push(response.status()); });
    await page.goto(posts);
    await page.waitForLoadState('networkidle');
    await context.close();
    return { framed, answers };
  },
};

async function work() {
  for (;;) {
    const { value, done } = await input.next();
    if (done) return;
    const { number, task, ...rest } = JSON.parse(value);
    const result = await tasks[task](rest).catch((error) => ({ error: String(error) }));
    process.stdout.write(JSON.stringify({ number, ...result }) + '\n');
  }
}
await Promise.all([work(), work()]);
