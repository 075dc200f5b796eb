// What the scripts that drive Chromium have in common. The first line of the input is
// JSON and says how to start. Each other line is JSON, a task with a number. For each of
// them a line of JSON is written, in any order. A script ends with its input, and the
// browser with it.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const lines = createInterface({ input: process.stdin });
lines.once('close', () => process.exit(0));
const input = lines[Symbol.asyncIterator]();
const { modules, executable } = JSON.parse((await input.next()).value);

// need requires a package of npm.
export const need = createRequire(join(modules, 'node_modules', 'x.js'));

// Without the first two features each sandboxed page has a process of its own,
// and another one waits for the next page: that is half of the time that a page
// takes. The others are disabled by playwright, unless an argument replaces its
// list.
const features = ['IsolateSandboxedIframes', 'SpareRendererForSitePerProcess', 'HttpsUpgrades', 'MediaRouter', 'OptimizationHints', 'PaintHolding'];

// launch starts the browser.
export const launch = () => need('playwright-core').chromium.launch({
  executablePath: executable,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-features=' + features],
});

// work does one task after the other, until the input ends. Several works share the tasks.
export async function work(perform) {
  for (;;) {
    const { value, done } = await input.next();
    if (done) return;
    const { id, task } = JSON.parse(value);
    const reply = await perform(task).then((result) => ({ id, result }), (error) => ({ id, error: String(error) }));
    process.stdout.write(JSON.stringify(reply) + '\n');
  }
}
