// Opens the dashboard in Chromium and publishes a text with it. Reads one line of JSON,
// which says how, and writes one line of JSON: what came of it. It ends with its standard
// input, and the browser with it.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const lines = createInterface({ input: process.stdin });
const line = await new Promise((resolve) => { lines.once('line', resolve); });
lines.once('close', () => process.exit(1));
const { modules, executable, pages } = JSON.parse(line);
const { chromium } = createRequire(join(modules, 'node_modules', 'x.js'))('playwright-core');
const browser = await chromium.launch({
  executablePath: executable, args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
for (const url of pages) {
  const page = await browser.newPage();
  await page.goto(url);
  const result = await page.evaluate(async () => {
    try {
      const { publish, counts } = await import('./dashboard.js');
      return { published: await publish(new File(['Spring is here.'], 'spring.txt')), counts: await counts() };
    } catch (error) {
      return { error: String(error) };
    }
  });
  console.log(JSON.stringify(result));
  await page.close();
}
await browser.close();
process.exit(0);
