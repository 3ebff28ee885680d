/** The timeline: one place on it at a time, always that of a generator which is kept. */

import { ask } from "/static/api.js";
import { draw } from "/static/curves.js";
import { Sheets, key, paint } from "/static/timeline/sheets.js";

const LOOK_AGAIN_MS = 4000;
const $ = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en-GB");

let run; // as the server told it last
let place = 0; // in run.snapshots
let shown = null; // the bitmap on the canvas
let chart;
let announcing = 0;

const sheets = new Sheets({
  show: (row, bitmap) => key(row) === key(here()) && show(bitmap),
  lost: (row, status) => {
    if (status === 410) void look(); // it was let go: the list says what is left
    else if (key(row) === key(here())) trouble(status ? "This generator can’t be drawn: its file may be damaged." : "The server doesn’t answer.");
  },
});
const here = () => run.snapshots[place];
const moved = (images) => {
  let best = 0;
  run.snapshots.forEach((row, at) => {
    if (Math.abs(row.images - images) < Math.abs(run.snapshots[best].images - images)) best = at;
  });
  return best;
};

/** Ask what there is by now; whoever looked at the last one goes on to the newest. */
async function look() {
  try {
    const before = run;
    const told = await ask("/api/run");
    if (!told.snapshots.length) throw new Error("No generator is left.");
    const followed = !before || (place === before.snapshots.length - 1 && told.snapshots.length > before.snapshots.length);
    const images = before ? here().images : 0;
    const same = before && JSON.stringify(before) === JSON.stringify(told);
    run = told;
    trouble("");
    if (!same) {
      place = followed ? run.snapshots.length - 1 : moved(images);
      refresh();
    }
  } catch (error) {
    trouble(error.message);
  }
}

/** Everything anew, since what is known of the run has changed. */
function refresh() {
  const last = run.snapshots.at(-1).images;
  $("slider").min = run.snapshots[0].images;
  $("slider").max = last;
  $("going-on").hidden = run.finished;
  $("to-best").hidden = run.best === null;
  $("how").hidden = !run.favourites.length;
  listFavourites();
  plot();
  go(place);
}

function plot() {
  const last = Math.max(run.snapshots.at(-1).images, run.snapshots[0].images + 1);
  const judged = run.judged.length > 0;
  const best = run.judged.reduce((a, b) => (a && Math.abs(a.images - run.best) <= Math.abs(b.images - run.best) ? a : b), null);
  const series = judged
    ? [
        { kind: "real", name: "KID of real against real pictures", dotted: true, ...columns(run.judged, (one) => one.real) },
        { kind: "kid", name: "KID", ...columns(run.judged, (one) => one.kid), error: columns(run.judged, (one) => one.error).y },
      ]
    : ["real", "fake"].map((kind) => ({ kind, name: `score of ${kind} pictures`, x: run.scores.images, y: run.scores[kind] }));
  const what = judged ? "KID" : "not judged yet: scores of real and generated pictures";
  const stages = run.stages.map(({ name, images }, at) => ({ x: images, name: at ? name : `${what} · ${name}` }));
  chart = draw($("chart"), {
    says: judged ? "KID over images shown, lower is better" : "Scores of real and generated pictures over images shown",
    domain: [run.snapshots[0].images, last],
    range: judged ? undefined : [0, 1],
    series,
    stages,
    ticks: run.snapshots.map((row) => row.images),
    dots: best && run.best !== null ? [{ x: best.images, y: best.kid, kind: "best", says: `best: ${best.kid.toFixed(2)}` }] : [],
    here: here().images,
  });
}

/** Columns of evaluations, interrupted between stages, whose pictures are others. */
function columns(rows, value) {
  const x = [];
  const y = [];
  rows.forEach((row, at) => {
    if (at && rows[at - 1].stage !== row.stage) {
      x.push(row.images);
      y.push(null);
    }
    x.push(row.images);
    y.push(value(row));
  });
  return { x, y };
}

function go(to) {
  place = Math.min(Math.max(to, 0), run.snapshots.length - 1);
  const row = here();
  const words = `${number.format(row.images)} images`;
  const moment = `${row.stage}, epoch ${row.epoch < 100 ? row.epoch.toFixed(1) : number.format(Math.round(row.epoch))}`;
  $("slider").value = row.images;
  $("slider").setAttribute("aria-valuetext", `${words}, ${moment}`);
  $("place").textContent = words;
  $("moment").textContent = moment;
  $("canvas").setAttribute("aria-label", `Pictures of the same latents at ${words}`);
  $("back").disabled = place === 0;
  $("next").disabled = place === run.snapshots.length - 1;
  $("marks").replaceChildren(...marks(row).map((text) => tag(text)));
  chart.move(row.images);
  const ahead = [1, -1, 2, -2, 3, 4].map((step) => run.snapshots[place + step]).filter(Boolean);
  const kept = sheets.ask(row, ahead);
  $("stage").classList.toggle("waiting", !kept);
  if (kept) show(kept);
  else document.body.dataset.shown = "";
}

function marks(row) {
  const judged = run.judged.find((one) => one.images === row.images);
  const names = run.favourites.filter((one) => one.images === row.images).map((one) => `★ ${one.name || "favourite"}`);
  return [...(judged ? [`KID ${judged.kid.toFixed(2)} ± ${judged.error.toFixed(2)}`] : []), ...(row.images === run.best ? ["best"] : []), ...new Set(names)];
}

function tag(words) {
  const made = document.createElement("span");
  made.className = "tag";
  made.textContent = words;
  return made;
}

function show(bitmap) {
  shown = bitmap;
  $("stage").classList.remove("waiting");
  document.body.dataset.shown = here().images;
  requestAnimationFrame(() => paint($("canvas"), shown));
}

function listFavourites() {
  const current = run.favourites.at(-1);
  const latest = new Map(run.favourites.map((one) => [`${one.images} ${one.name}`, one])); // marked twice: listed once
  $("favourites").replaceChildren(
    ...[...latest.values()].reverse().map((one) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      const words = document.createElement("span");
      words.textContent = `★ ${number.format(one.images)}${one.name ? ` · ${one.name}` : ""}`;
      button.type = "button";
      button.title = `${words.textContent}${one === current ? " (what --at favourite means)" : ""}`;
      button.append(words);
      button.addEventListener("click", () => go(moved(one.images)));
      item.append(button);
      if (one.images === current.images && one.name === current.name) item.dataset.current = "";
      return item;
    }),
  );
}

async function mark(event) {
  event.preventDefault();
  const { images } = here();
  try {
    const { favourites } = await ask("/api/favourite", { post: { images, name: $("name").value } });
    run.favourites = favourites;
    $("name").value = "";
    $("how").hidden = false;
    listFavourites();
    go(place);
    announce(`${number.format(images)} images is your favourite now.`);
  } catch (error) {
    trouble(error.message);
    if (error.status === 410) void look();
  }
}

function announce(sentence) {
  clearTimeout(announcing);
  $("announcer").textContent = sentence;
  announcing = setTimeout(() => ($("announcer").textContent = ""), 6000);
}

function trouble(sentence) {
  $("trouble").textContent = sentence;
  $("trouble").hidden = !sentence;
}

const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };
addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.target === $("name") || !run) return;
  event.preventDefault();
  go(step === -Infinity ? 0 : step === Infinity ? run.snapshots.length - 1 : place + step);
});
$("slider").addEventListener("input", () => go(moved(Number($("slider").value))));
$("back").addEventListener("click", () => go(place - 1));
$("next").addEventListener("click", () => go(place + 1));
$("to-best").addEventListener("click", () => go(moved(run.best)));
$("form").addEventListener("submit", mark);
const point = (event) => {
  const left = $("chart").getBoundingClientRect().left;
  go(moved(chart.at(event.clientX - left)));
};
$("chart").addEventListener("pointerdown", (event) => {
  $("chart").setPointerCapture(event.pointerId);
  point(event);
});
$("chart").addEventListener("pointermove", (event) => event.buttons && point(event));
new ResizeObserver(() => {
  if (!run) return;
  plot();
  if (shown) paint($("canvas"), shown);
}).observe($("stage"));

await look();
document.body.dataset.ready = "";
setInterval(() => document.visibilityState === "visible" && void look(), LOOK_AGAIN_MS);
