/** The live page: grids, curves and wishes, put together. */

import { announce } from "/static/announcer.js";
import { RequestError, ask } from "/static/api.js";
import { explain, key, obey } from "/static/keys.js";
import { Branch } from "./branch.js";
import { Charts } from "./charts.js";
import { Control } from "./control.js";
import { Grids } from "./grids.js";
import { stand, tellStates } from "./standing.js";

const EVERY_MS = 1500;
const KEYS = {
  page: [
    key("pause", "pause, or go on", "space"),
    key("back", "the grid before", "arrowleft"),
    key("next", "the grid after", "arrowright"),
    key("first", "the first grid", "home"),
    key("last", "the newest grid, and each as it comes", "end"),
    key("stop", "stop: it asks before", "s"),
    key("copy", "copy the branch’s command", "c"),
    key("help", "this help", "?", "h"),
  ],
  everywhere: [],
};

const part = (id) => document.getElementById(id);
const run = part("name").textContent;
const known = {};
const parts = { now: null, grids: [], curves: null, facts: null };

const control = new Control(run, refuse);
const branch = new Branch(run, refuse);
const charts = new Charts(part("charts"), (images) => grids.near(images));
const grids = new Grids(run, ({ images }) => {
  charts.at(images);
  branch.at(images);
});

/** Say what the server refuses, or that it is silent. */
function refuse(error) {
  const gone = `The page’s server doesn’t answer. The command  housegan live ${Number(run.split("-")[0]) || run}  shows the run again.`;
  trouble(error.status === 0 ? gone : error.message);
}

function trouble(sentence) {
  part("trouble").hidden = !sentence;
  const line = part("trouble").querySelector("p");
  if (line.textContent !== sentence) line.textContent = sentence;
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    announce("Copied.");
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = before), 1500);
  } catch {
    getSelection().selectAllChildren(button.parentElement.querySelector("code"));
  }
}

async function look() {
  const answer = await ask(`/api/${encodeURIComponent(run)}?${new URLSearchParams(known)}`);
  for (const [name, { digest, value }] of Object.entries(answer.parts)) {
    known[name] = digest;
    parts[name] = value;
  }
  const news = answer.parts;
  if (news.curves) charts.show(parts.curves);
  if (news.grids) grids.show(parts.grids);
  if (news.now) stand(parts.now);
  tellStates(parts.facts, parts.now);
  control.hear(parts.now, parts.facts);
  branch.hear(control.runs, answer.branch);
  trouble("");
}

let timer = 0;
async function follow() {
  clearTimeout(timer);
  try {
    if (!document.hidden) await look();
    document.body.dataset.ready = "";
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    refuse(error);
  } finally {
    timer = setTimeout(follow, EVERY_MS);
  }
}

obey(KEYS, () => "page", {
  page: {
    pause: () => control.pause(),
    back: () => grids.step(-1),
    next: () => grids.step(1),
    first: () => grids.goTo(0),
    last: () => grids.goTo(Infinity),
    stop: () => control.stop(),
    copy: () => copy(branch.command, part("copy")),
    help: () => part("help").showModal(),
  },
});
explain(part("help-keys"), { page: KEYS.page }, { page: "The page" });
addEventListener("click", ({ detail, target }) => {
  const button = target.closest?.("button");
  if (detail && button && !button.closest("dialog")) button.blur(); // who uses a pointer wants Space for the run
});
part("help-button").addEventListener("click", () => part("help").showModal());
part("run").addEventListener("change", (event) => location.assign(`/run/${encodeURIComponent(event.target.value)}`));
part("copy").addEventListener("click", (event) => copy(branch.command, event.target));
part("resume").querySelector("button").addEventListener("click", (event) => copy(parts.facts.resume, event.target));
document.addEventListener("visibilitychange", () => document.hidden || follow());
follow();
