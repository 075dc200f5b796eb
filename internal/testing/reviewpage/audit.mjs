// Looks for what is not accessible on a page.
import { need } from '../chromium/serve.mjs';

const { source } = need('axe-core/axe.min.js');

// analyze returns what axe finds on a page and not in frames, which have the content.
export async function analyze(page) {
  await page.evaluate(source);
  const { violations } = await page.evaluate(() => axe.run({ exclude: ['iframe'] }, { resultTypes: ['violations'] }));
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.html.slice(0, 200)}`));
}

// measure returns by how many pixels the page is too wide, the targets that are too small,
// and what moves. It runs in the page.
export function measure() {
  const least = 24; // pixels, as WCAG 2.5.8 wants
  // The box of a control is that of its label, that of a link in a card the card.
  const boxOf = (e) => (e.closest('label') ?? (e.matches('.open') ? e.closest('[data-item]') : e)).getBoundingClientRect();
  const targets = [...document.querySelectorAll('a[href], button, summary, input:not([type=hidden]), textarea, select')]
    .filter((e) => e.checkVisibility()).map((e) => ({ e, box: boxOf(e) })).filter(({ box }) => box.width > 1 && box.right > 0 && box.bottom > 0);
  const isSmall = ({ box }) => box.width < least - 0.1 || box.height < least - 0.1;
  const isInline = ({ e }) => getComputedStyle(e).display === 'inline' && e.parentElement.textContent.trim().length > e.textContent.trim().length;
  const center = ({ box }) => [box.left + box.width / 2, box.top + box.height / 2];
  // A small target is enough if a circle around it meets no other target.
  function isAlone(target) {
    const [x, y] = center(target);
    return targets.every((other) => {
      if (other.e === target.e || other.e.contains(target.e) || target.e.contains(other.e)) return true;
      const [left, top] = isSmall(other) ? center(other) : [Math.max(other.box.left, Math.min(x, other.box.right)), Math.max(other.box.top, Math.min(y, other.box.bottom))];
      return Math.hypot(left - x, top - y) >= (isSmall(other) ? least : least / 2);
    });
  }
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const seconds = (list) => list.split(',').map(parseFloat);
  return {
    overflow: document.documentElement.scrollWidth - innerWidth,
    small: targets.filter((t) => isSmall(t) && !isInline(t) && !isAlone(t)).map(({ e, box }) => `${Math.round(box.width)}×${Math.round(box.height)} ${e.outerHTML.slice(0, 160)}`),
    moving: [...document.querySelectorAll('*')].filter((e) => {
      const style = getComputedStyle(e);
      return !['none', 'rest'].includes(style.animationName) || style.scrollBehavior === 'smooth' || seconds(style.transitionDuration).some((d) => d > (calm ? 0 : 0.14)) ||
        seconds(style.transitionDuration).some((d) => d > 0) && !style.transitionProperty.split(', ').every((p) => /^(background|border-color|rotate)/.test(p));
    }).map((e) => e.outerHTML.slice(0, 160)),
  };
}

// stop describes what has the focus, or returns null at the end. What the reader has opened,
// and closes with Escape, may be in front of it (WCAG 2.4.11, note 2). It runs in the page.
function stop() {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const isFirst = !window.stops.has(e);
  window.stops.add(e);
  const whole = e.closest('label') ?? e;
  const hits = [...whole.getClientRects()].flatMap((box) => [0.02, 0.25, 0.5, 0.75, 0.98].flatMap((x) => [0.05, 0.5, 0.95].map((y) => [box.left + box.width * x, box.top + box.height * y])))
    .map(([x, y]) => document.elementFromPoint(x, y));
  return { isFirst, hidden: !hits.some((hit) => hit && (whole.contains(hit) || hit.closest('[popover], .menu .sheet'))), markup: e.outerHTML.slice(0, 160) };
}

// missed returns the controls that never had the focus. Of radio buttons with one name one
// gets it, and arrow keys lead to the others. It runs in the page.
function missed() {
  const modal = document.querySelector('dialog:modal');
  const had = (e) => window.stops.has(e) || e.type === 'radio' && [...window.stops].some((s) => s?.type === 'radio' && s.name === e.name);
  return [...document.querySelectorAll('a[href], button, summary, input:not([type=hidden]), textarea, select, iframe, video[controls], [tabindex="0"]')]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !(modal && !e.closest('dialog')) && !e.disabled && e.tabIndex >= 0 && !had(e))
    .map((e) => e.outerHTML.slice(0, 160));
}

// tabThrough goes through a page with the tabulator. It returns what has the focus but
// cannot be seen, and what never gets the focus.
export async function tabThrough(page) {
  await page.evaluate(() => {
    window.stops = new Set();
    if (document.querySelector('dialog:modal')) {
      window.stops.add(document.activeElement);
      return;
    }
    window.scrollTo(0, 0);
    document.body.tabIndex = -1; // the next stop is the first one of the page
    document.body.focus();
    document.body.removeAttribute('tabindex');
  });
  const hidden = [];
  let number = 0;
  for (let again = 0; again < 40 && number < 600; number++) { // a frame or a player has the focus for a while
    await page.keyboard.press('Tab');
    const at = await page.evaluate(stop);
    // A frame that loads takes the focus late, so that nothing has it in between.
    if (!at && (await page.evaluate(missed)).length === 0) break;
    again = at?.isFirst ? 0 : again + 1;
    if (at?.hidden) hidden.push(at.markup);
  }
  return { stops: number, hidden, missed: await page.evaluate(missed) };
}
