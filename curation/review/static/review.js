/** The review page: its views, its keys and its server, put together. */

import { announce } from "/static/announcer.js";
import { ask } from "/static/api.js";
import { explain, obey } from "/static/keys.js";
import { count, many } from "/static/words.js";
import { follow } from "./changes.js";
import { commands } from "./commands.js";
import { Filters, fromAddress, toAddress } from "./filters.js";
import { Grid } from "./grid.js";
import { KEYS, TITLES } from "./keys.js";
import { Outbox } from "./outbox.js";
import { Pairs } from "./pairs.js";
import { Reasons } from "./reasons.js";
import { SavedState } from "./saved.js";
import { Single } from "./single.js";
import { Store } from "./store.js";
import { drawSummary } from "./summary.js";
import { identify } from "./window.js";
import { titleOf } from "./words.js";

const SUMMARY_AFTER_MS = 400;

const part = (id) => document.getElementById(id);
const set = part("set").textContent;
const start = fromAddress();
const store = new Store();
const single = new Single(store);
const grid = new Grid(store, { open: () => see("single") });
const pairs = new Pairs(store);
const filters = new Filters((values) => choose(values));
const reasons = new Reasons(set, (reason) => act("because", reason));
let view = "";
let noted = "";

// Views.

/** Bring a view on screen. */
function see(wanted) {
  single.flush();
  view = wanted;
  for (const name of ["single", "grid", "pairs"]) part(name).hidden = name !== view;
  for (const tab of document.querySelectorAll("#views button")) {
    if (tab.dataset.view === view) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  document.body.dataset.view = view;
  if (view === "single") single.draw();
  if (view === "grid") {
    grid.show();
    part("scroller").focus({ preventScroll: true });
  }
  if (view === "pairs") reach(pairs.load());
  remember();
}

/** Show the pictures that the filters ask for. */
async function choose(values, at) {
  single.flush();
  filters.set(values);
  document.querySelector(":popover-open")?.hidePopover();
  await reach(store.load(filters.values, at));
  if (view === "pairs") see("grid");
}

function remember() {
  clearTimeout(remember.timer);
  remember.timer = setTimeout(() => toAddress({ view, at: store.current, filters: filters.values }), 150);
}

/** Wait for what the server is asked for; where it can't be reached, say so. */
async function reach(promise) {
  try {
    return await promise;
  } catch (error) {
    saved.silent(error);
    return undefined;
  }
}

// What is done, by keys and by buttons alike.

const CLEAR = { verdict: "withdrawn" };

/** Judge what is selected in the grid as one action; what was never on screen is looked up before. */
async function judgeMany(ids, what, said) {
  const alone = !grid.selection.size;
  grid.selection.clear();
  if (!store.knows(ids)) {
    saved.note("one moment …");
    await reach(store.learnAll(ids));
    if (!store.knows(ids)) return;
  }
  store.decide(ids, what, `${said}: ${ids.length === 1 ? titleOf(store.show(ids[0])) : many(ids.length, "picture")}`);
  if (alone && what !== CLEAR) grid.move(1);
}

function judge(what, said) {
  if (view === "single") {
    single.judge(what, said);
    return;
  }
  if (view === "grid") judgeMany(grid.meant, what, said);
}

function act(name, reason) {
  document.querySelector("#reasons-menu:popover-open")?.hidePopover();
  if (name === "keep") judge({ verdict: "keep" }, "Kept");
  if (name === "reject") judge({ verdict: "reject" }, "Rejected");
  if (name === "because" && reason) judge({ verdict: "reject", reason }, `Rejected, ${reason}`);
  if (name === "withdraw") judge(CLEAR, "Taken back");
  if (name === "reset") single.resetCrop();
  if (name === "next") pairs.step(1);
  if (name === "back") pairs.step(-1);
  if (name === "same") pairs.decide({ same: true }, "The same");
  if (name === "different") pairs.decide({ same: false }, "Different");
  if (name === "first") pairs.decide({ same: true, keep: "first" }, "The same, the first is kept");
  if (name === "second") pairs.decide({ same: true, keep: "second" }, "The same, the second is kept");
}

function undo() {
  if (!view) return; // nothing is on screen yet
  single.flush();
  store.undo();
}

obey(
  KEYS,
  () => (view === "single" && single.cropping ? "crop" : view),
  commands({ single, grid, pairs, filters, reasons, act, undo, see, view: () => view }),
);

addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input, textarea, select") || document.querySelector("dialog[open]");
  if (view !== "grid" || event.key.toLowerCase() !== "a" || !(event.ctrlKey || event.metaKey) || typing) return;
  event.preventDefault();
  grid.selection.all();
});
addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (button?.dataset.do) act(button.dataset.do);
  if (button?.dataset.view) see(button.dataset.view);
  // whoever pressed it with a pointer wants Space for the pictures, not for the same button again
  if (event.detail && button && !button.closest("dialog, [popover]")) button.blur();
});
part("back").addEventListener("click", () => single.step(-1));
part("next").addEventListener("click", () => single.step(1));
part("undo").addEventListener("click", undo);
part("crop-button").addEventListener("click", () => single.cropMode(!single.cropping));
part("show-all").addEventListener("click", () => choose({}));
part("help-button").addEventListener("click", () => part("help").showModal());
explain(part("help-keys"), KEYS, TITLES);

// What the server says.

store.addEventListener("cursor", remember);
store.addEventListener("index", () => {
  part("found").textContent = many(store.ids.length, "picture");
  const narrowed = Object.keys(store.filters).some((name) => name !== "order" && store.filters[name] !== "all");
  part("empty").querySelector("span").textContent = narrowed ? "Nothing is left here." : "This set has no pictures yet.";
  part("show-all").hidden = !narrowed;
});
store.addEventListener("summary", () => {
  filters.offer(store.summary);
  const sorts = filters.values.order === "uncertain";
  drawSummary(store.summary, { choose: (values) => choose({ order: filters.values.order, ...values }), filterDoes, sorts });
  if (!store.ids.length) single.draw();
});
store.addEventListener("unreachable", ({ detail: { error } }) => saved.silent(error));

function summarise() {
  clearTimeout(summarise.timer);
  summarise.timer = setTimeout(() => store.refresh().catch((error) => saved.silent(error)), SUMMARY_AFTER_MS);
}

async function filterDoes(what) {
  const answer = await reach(ask("/api/filter", { post: { do: what } }));
  if (!answer) return;
  announce(what === "reject" ? "The filter has rejected what it is sure of." : "The filter’s rejections are taken back.");
  summarise();
  store.forget();
  choose(filters.values);
}

/** The filter has said something: where it has learned, it sorts anew what lies ahead, unless that is being worked on. */
function hearFilter(filter) {
  if (!store.hearFilter(filter)) return;
  if (filter?.note && filter.note !== noted) saved.warn((noted = filter.note));
  if (filter?.is_sorted && store.filters.order === "uncertain" && !grid.selection.size) reach(store.sortAhead());
}

/** Go to what an undo has changed, so that the person sees it. */
function showUndone({ undone, pictures = [], pairs: undonePairs = [] }) {
  if (!undone) {
    announce("There is nothing to undo.");
    saved.note("Nothing to undo");
    return;
  }
  const told = undonePairs.length ? "a pair" : pictures.length === 1 ? titleOf(pictures[0]) : many(pictures.length, "picture");
  announce(`Undone: ${told}`);
  saved.note(`Undone: ${told}`);
  if (undonePairs.length) {
    if (view !== "pairs") see("pairs");
    reach(pairs.load(undonePairs[0]));
    return;
  }
  if (view === "pairs") see(pictures.length === 1 ? "single" : "grid");
  const places = pictures.map(({ id }) => store.place(id)).filter((place) => place !== undefined);
  if (!places.length) return;
  store.goTo(Math.min(...places));
  if (view === "grid") grid.show();
}

function hear(outbox) {
  outbox.addEventListener("saved", ({ detail: { action, answer } }) => {
    if (action.path === "/api/undo") showUndone(answer);
    else announce(`${action.said}. Saved.`);
    summarise();
  });
  outbox.addEventListener("conflict", ({ detail: { conflicts, pair } }) => {
    const what = pair ? "this pair" : conflicts.length === 1 ? `“${titleOf(conflicts[0])}”` : many(conflicts.length, "picture");
    saved.warn(`Another window has meanwhile decided about ${what}: that stays, yours was not recorded.`);
    summarise();
  });
  outbox.addEventListener("refused", ({ detail: { action, message } }) => {
    if (message) saved.warn(`Not recorded (${action.said}): ${message}`);
  });
}

const saved = new SavedState();
store.refresh().catch((error) => saved.silent(error));
filters.set(start.filters);
const first = store.load(filters.values, start.at);
const outbox = new Outbox(set, await identify());
store.connect(outbox);
pairs.listen(outbox);
saved.watch(outbox);
hear(outbox);
await reach(first);
see(["single", "grid", "pairs"].includes(start.view) ? start.view : "single");
saved.back(() => {
  // the server answers again: what couldn't be had is asked for anew
  grid.retry();
  summarise();
  if (!store.ids.length) choose(filters.values);
  if (view === "pairs") reach(pairs.load());
});
follow(store, {
  heard: (pictures, waiting, filter) => {
    saved.heard();
    hearFilter(filter);
    if (pictures.some(({ id }) => id === store.current)) saved.note("Another window has decided about this picture");
    if (pictures.length || waiting !== store.summary?.waiting.pairs) summarise();
    if (view === "pairs" && waiting !== pairs.waiting && !outbox.waiting) reach(pairs.load());
  },
  silent: (error) => saved.silent(error),
});
reach(outbox.adopt());
document.body.dataset.ready = count(store.ids.length);
