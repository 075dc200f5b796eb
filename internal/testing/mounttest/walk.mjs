// Walks through the page for reviews in Chromium, and tells what was wrong.
import { launch, work } from '../chromium/serve.mjs';

const browser = await launch();
const tabs = new Map();
const patience = 90000; // milliseconds; the machine may do other work

const acts = {
  // walk decides about two assets by keyboard, goes back to the queue and through its pages,
  // and stays at an asset.
  async walk({ queue, stay }) {
    const context = await browser.newContext({ locale: 'en' });
    context.setDefaultTimeout(patience);
    const page = await context.newPage();
    const wrong = [];
    page.on('request', (request) => { if (!request.url().startsWith(queue)) wrong.push(`a request for ${request.url()}`); });
    page.on('response', (response) => { if (response.status() >= 400) wrong.push(`${response.status()} for ${response.url()}`); });
    page.on('console', (message) => { if (message.type() === 'error') wrong.push(message.text()); });
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('dialog', (dialog) => { wrong.push(`a dialog: ${dialog.message()}`); dialog.dismiss().catch(() => {}); });
    const sees = (text) => page.getByText(text).first().waitFor();
    await page.goto(queue);
    await page.locator('html.js').waitFor(); // the script runs
    if (await page.locator('.vh').first().evaluate((e) => getComputedStyle(e).position) !== 'absolute') wrong.push('there is no stylesheet');
    await page.keyboard.press('j');
    await page.keyboard.press('o');
    await page.locator('[data-key=a]').waitFor();
    await page.keyboard.press('a');
    await page.keyboard.press('Enter');
    await sees('Version 1 is approved');
    await page.keyboard.press('o');
    await page.locator('[data-key=r]').waitFor();
    await page.keyboard.press('r');
    await page.locator('#why').fill('Shorter.');
    await page.locator('#ask .dark').click();
    await page.locator('.receipt').waitFor();
    for (const path of ['', 'triage', '?status=any&layout=list', 'help', `${stay}?view=changes`, stay]) await page.goto(queue + path);
    tabs.set(queue, { context, page, wrong });
    return { wrong };
  },
  // hear waits for news, follows them, and ends the walk.
  async hear({ queue, says, shows }) {
    const { context, page, wrong } = tabs.get(queue);
    await page.locator('#news', { hasText: says }).waitFor();
    await page.locator('#news a').click();
    await page.locator('.paper', { hasText: shows }).waitFor();
    await context.close();
    return { wrong };
  },
};

await Promise.all(Array.from({ length: 4 }, () => work(async ({ task, ...rest }) => acts[task](rest))));
