// Without it everything works.
const root = document.documentElement, { dataset } = document.body;
root.classList.add("js");
const one = (s, from = document) => from.querySelector(s), all = (s, from = document) => [...from.querySelectorAll(s)];
const say = (text) => { one("#say").textContent = text; };
const on = addEventListener;
const store = (use) => { try { return use(); } catch {} }; // storage may be forbidden

// Times, in the reader's zone and the page's language.
const two = "2-digit", day = { day: "numeric", month: "long", hour: two, minute: two };
const zoned = { "": day, exact: { ...day, year: "numeric", second: two, timeZoneName: "short" } };
for (const t of all("time[data-show]")) {
  t.textContent = new Intl.DateTimeFormat(`${root.lang === "en" ? "en-GB" : root.lang}-u-nu-latn-hc-h23`, zoned[t.dataset.show]).format(new Date(t.dateTime));
}

// Focus: what went wrong, else the heading.
const first = one("[autofocus]:not([popover] *), [data-focus]") ?? (document.referrer.startsWith(location.origin) && !location.hash ? one("h1[tabindex]") : null);
first?.focus({ preventScroll: true });

// A viewer in a frame that takes the focus gives it back.
let meant = false, before = first;
on("focusin", (e) => { if (e.target.tagName !== "IFRAME") { before = e.target; meant = false; } });
on("keydown", (e) => { if (e.key === "Tab") meant = "key"; }, true);
for (const frame of all("iframe")) frame.onpointerenter = frame.onpointerleave = (e) => { meant = e.type === "pointerenter"; };
on("blur", () => setTimeout(() => {
  const at = document.activeElement;
  if (at?.tagName !== "IFRAME") return;
  if (meant === "key") at.scrollIntoView({ block: "nearest" });
  if (meant) return;
  at.blur();
  window.focus();
  (before ?? one("h1[tabindex]"))?.focus({ preventScroll: true });
}));

// What sticks to the edges hides no focus.
for (const [name, s] of [["--head", ".top, .prog"], ["--foot", ".decide, .picked"]]) {
  for (const e of all(s)) new ResizeObserver(() => root.style.setProperty(name, `${e.offsetHeight + 16}px`)).observe(e);
}

// What was recorded is said when the next page is there.
const announced = one("[data-announce]");
if (announced) setTimeout(() => say(announced.textContent), 300);

// A button that cannot be used says why.
const disabled = (b) => b?.ariaDisabled === "true";
on("click", (e) => {
  const b = e.target.closest("button, [aria-disabled=true]");
  if (disabled(b)) {
    e.preventDefault();
    say(one(`#${b.getAttribute("aria-describedby")}`)?.textContent ?? "");
  }
});
const approve = one("[data-key=a], .choices [value=approve]"); // a button, or a guest's choice
const place = one("#why-not span"), consequence = [...place?.childNodes ?? []];
function why(...text) {
  if (!place) return;
  place.replaceChildren(...text);
  place.parentElement.hidden = !text.length;
}
function disable(text) {
  if (approve) approve.ariaDisabled = "true";
  why(text);
}
let stopped = false;

// What has not loaded is approved only by those who have looked at it elsewhere.
const shown = one("[data-content]"), look = one("[name=seen]:not(.it *)");
const demand = () => { if (look) look.required = !look.parentElement.hidden && approve.checked !== false; };
demand();
on("change", demand);
if (shown && look) {
  const ready = () => {
    if (stopped) return;
    approve.ariaDisabled = null;
    why(...consequence);
  };
  const broken = () => {
    if (stopped) return;
    ready();
    look.parentElement.hidden = false;
    demand();
    why(dataset.broken);
    say(place.textContent);
  };
  const framed = shown.tagName === "IFRAME";
  if (framed || shown.complete === false) disable(dataset.loading);
  if (shown.error || shown.complete && !shown.naturalWidth) broken();
  shown.onerror = broken;
  if (!framed) shown.onload = ready;
  else on("load", async () => { // perhaps of an error
    const status = performance.getEntriesByName(shown.src)[0]?.responseStatus // if the browser tells
      ?? await fetch(shown.src).then((r) => r.status, () => 0);
    (status && status < 400 ? ready : broken)();
  });
}

for (const picture of all(".it img")) {
  picture.onerror = () => { one("[type=checkbox]", picture.closest(".it")).checked = false; };
  if (picture.complete && !picture.naturalWidth) picture.onerror();
}

// A form is sent once. A held key decides nothing.
for (const form of all("form[method=post]")) {
  form.onsubmit = (e) => {
    if (form.dataset.sent || disabled(e.submitter) || approve?.checked && disabled(approve)) return e.preventDefault();
    form.dataset.sent = 1;
    if ("out" in form.dataset) store(() => sessionStorage.clear());
    setTimeout(() => delete form.dataset.sent, 5000);
  };
}
on("pageshow", (e) => {
  for (const f of all("form[data-sent]")) delete f.dataset.sent;
  if (e.persisted) listen();
});

// Words and reasons are kept until they are recorded.
const draft = (id) => `comment ${new URL(dataset.root, location)} ${id}`;
if (dataset.recorded) store(() => {
  const name = draft(dataset.recorded);
  for (const key of Object.keys(sessionStorage)) if (`${key} `.startsWith(`${name} `)) sessionStorage.removeItem(key);
});
for (const field of all("textarea[data-keep]")) {
  const name = draft(field.dataset.keep);
  if (!field.value) field.value = store(() => sessionStorage[name]) ?? "";
  if (field.value) field.closest("details")?.setAttribute("open", "");
  field.oninput = () => store(() => { sessionStorage[name] = field.value; });
  for (const box of all("[name=reason]", field.form)) {
    const key = `${name} ${box.value}`;
    if (store(() => sessionStorage[key])) box.checked = true;
    box.onchange = () => store(() => sessionStorage[box.checked ? "setItem" : "removeItem"](key, 1));
  }
}
// Closed by a key, it gives the focus back.
one("#ask[popover]")?.addEventListener("beforetoggle", (e) => { if (e.newState === "open") one("[data-key=r]").focus(); });

// Comparisons.
one("#at")?.addEventListener("input", (e) => one("#over").style.setProperty("--at", `${e.target.value}%`));
for (const pair of all("[data-step]")) {
  const films = all("video", pair);
  for (const [i, film] of films.entries()) {
    const other = films[1 - i];
    film.onplay = () => { if (other.paused) { other.currentTime = film.currentTime; other.play().catch(() => {}); } };
    film.onpause = () => { if (!film.ended) other.pause(); };
    film.onseeked = () => { if (Math.abs(other.currentTime - film.currentTime) > 0.1) other.currentTime = film.currentTime; };
  }
}
one("#stage img")?.addEventListener("click", () => one("#stage").classList.toggle("full"));

// Selection.
const picks = all(".pickable");
function count() {
  return one("[data-count]").textContent = all(".pickable:enabled:checked").length;
}
const tell = () => say(dataset.selected.replace("{n}", count()));
for (const p of picks) p.onchange = tell;
for (const box of all("[data-all]")) {
  box.onchange = () => {
    for (const p of all(".pickable:enabled", box.closest("section"))) p.checked = box.checked;
    tell();
  };
}
if (picks[0]) {
  count();
  picks[0].form.onreset = () => setTimeout(count);
}

for (const b of all("[data-copy]")) {
  b.onclick = () => {
    const text = b.dataset.copy ? one(b.dataset.copy).value : location.origin + location.pathname;
    navigator.clipboard?.writeText(text).then(() => say(dataset.copied), () => {});
  };
}
for (const box of all("[data-show]:is(input)")) box.onchange = () => { one(box.dataset.show).type = box.checked ? "text" : "password"; };

// Keys. Letters can be switched off for good.
const keys = one("#keys"), letters = one("#letters");
letters.checked = store(() => localStorage.getItem("review letters")) !== "off";
letters.onchange = () => store(() => localStorage.setItem("review letters", letters.checked || "off"));
for (const b of all("[data-keys]")) b.onclick = () => keys.showModal();
const items = all("[data-item]");
function move(by) {
  const link = one(`[data-key=${by > 0 ? "j" : "k"}]`);
  if (link) return link.click();
  if (by < 0 && one(".triage")) return history.back();
  if (!items.length) return;
  const at = items.indexOf(here());
  const next = items[at + by < -1 ? items.length - 1 : at + by] ?? items[at];
  one("a.open", next).focus();
  next.scrollIntoView({ block: "nearest" });
}
const here = () => items.find((i) => i.contains(document.activeElement));
function goToApprove() {
  if (!approve?.dataset.key) return;
  approve.focus();
  if (disabled(approve)) return say(place.textContent);
  say(dataset.deciding.replace("{action}", approve.textContent.slice(0, -1).trim())); // without its key
}
const use = (key) => one(`[data-key=${key}]`)?.click();
const acts = {
  j: () => move(1), k: () => move(-1), o: () => (here() ? one("a.open", here()).click() : use("o")),
  x: () => here() && one(".pickable", here())?.click(),
  a: goToApprove, r: () => use("r"), c: () => use("c"), u: () => use("u"),
  "/": () => one("#q")?.focus(), "?": () => keys.showModal(),
};
on("keydown", (e) => {
  if (e.repeat && /^(Enter| )$/.test(e.key) && e.target.closest?.("button")) return e.preventDefault();
  if (e.key === "Escape" && e.target === approve) { one("h1")?.focus(); say(""); }
  const typing = e.target.closest?.("input:not([type=checkbox],[type=radio]), textarea, select, dialog, [popover]");
  if (e.repeat || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || typing || !letters.checked) return;
  if (!acts[e.key]) return;
  e.preventDefault();
  acts[e.key]();
});

// News: a stream tells that something has happened, and the page asks what. If it is cut,
// it asks now and then.
let live = dataset.live, said, stream, timer, asked = 0, opened = 0, cuts = 0, wait = 5000;
function show(text) {
  if (text === said) return;
  said = text;
  const place = one("#news");
  if (place) {
    one("[data-say]", place).textContent = text;
    place.hidden = false;
  }
  say(text);
}
async function ask() {
  timer = null;
  asked = Date.now();
  const found = await fetch(live).then((r) => (r.ok ? r.json() : { gone: /40[134]/.test(r.status) })).catch(() => ({}));
  if (found.say) show(found.say);
  if (found.revision) live = live.replace(/revision=\d+/, `revision=${found.revision}`);
  if (found.stop || found.gone) {
    hush();
    live = "";
    stopped = found.stop;
    return stopped && disable(found.say);
  }
  if (stream?.readyState !== 1) {
    wait = Math.min(wait * 1.5, 60000);
    askIn(wait);
  }
}
function askIn(ms) { if (!timer && live && !document.hidden) timer = setTimeout(ask, ms); }
const askSoon = () => askIn(Math.max(200, asked + 5000 - Date.now()));
function calm() {
  clearTimeout(timer);
  timer = null;
}
function hush() {
  calm();
  stream?.close();
  stream = null;
}
function listen() {
  if (!live || document.hidden || stream) return;
  stream = new EventSource(live);
  askIn(wait); // unless it opens
  stream.onopen = () => { opened = Date.now(); calm(); askSoon(); };
  stream.onmessage = (e) => {
    cuts = 0;
    wait = 5000;
    const { data } = JSON.parse(e.data);
    const item = items.find((i) => i.dataset.item === data.asset_id);
    if (item) overtake(item, data);
    askSoon();
  };
  stream.onerror = () => {
    cuts = Date.now() - opened < 60000 ? cuts + 1 : 1;
    if (stream?.readyState === 2 || cuts > 3) hush(); // else it connects again by itself
    askIn(wait);
  };
}
// What is decided stays.
function overtake(item, data) {
  const newer = data.version > item.dataset.version;
  const box = one(".pickable", item);
  if (!newer && (data.status === "pending_review" || !box)) return;
  const note = one(".meanwhile", item) ?? document.createElement("p");
  note.className = "meanwhile";
  one("a.open", item).parentElement.after(note);
  note.textContent = newer ? dataset.newer.replace("{version}", data.version) : dataset.meanwhile.replace("{name}", () => `\u2068${data.by.replace(/^guest:(.*)/, dataset.guest)}\u2069`);
  item.classList.add("overtaken");
  if (box?.checked) box.click();
  if (box) box.disabled = true;
}
if (live) setTimeout(listen, 1500);
on("visibilitychange", () => (document.hidden ? hush() : listen()));
on("pagehide", hush);

// The next picture comes last.
const next = dataset.prefetch;
if (next && !navigator.connection?.saveData) setTimeout(() => fetch(next, { priority: "low" }).catch(() => {}), 500);
