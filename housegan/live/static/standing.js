/** How the run stands, in words. */

import { announce } from "/static/announcer.js";
import { count } from "/static/words.js";
import { typeset } from "./command.js";

const part = (id) => document.getElementById(id);

const PHASES = { training: "training", paused: "paused", finished: "finished", stopped: "not in training", failed: "ended by an error", died: "ended without a word" };

/** A duration for people. */
export function lasting(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86400).toFixed(1)} days`;
}

let said = "";

/** Show `now` as the server says it. */
export function stand(now) {
  const { phase, verdict, stage, stage_images, of, seconds_left, per_second } = now;
  const told = sentence(now);
  part("phase").textContent = PHASES[phase];
  part("phase").dataset.phase = phase;
  part("verdict").hidden = !verdict;
  part("verdict").textContent = verdict;
  part("stands").textContent = told;
  part("meter").hidden = !of;
  if (of) {
    const share = Math.min(100, (100 * stage_images) / of);
    part("meter").setAttribute("aria-valuenow", Math.round(share));
    part("meter").setAttribute("aria-valuetext", `${count(stage_images)} of ${count(of)} images`);
    part("meter").querySelector(".done").style.width = `${share}%`;
  }
  const left = seconds_left === null ? "" : `${lasting(seconds_left)} left${stage ? ` of ${stage}` : ""}`;
  part("pace").textContent = [left, per_second ? `${per_second.toPrecision(3)} pictures a second` : ""].filter(Boolean).join(" · ");
  document.title = `${PHASES[phase]} · ${part("name").textContent}`;
  if (said && said !== phase) announce(told);
  said = phase;
}

function sentence({ phase, trouble, stage, stage_images, of, images }) {
  const where = stage ? `${stage}, ${count(stage_images)}${of ? ` of ${count(of)}` : ""} images` : "it begins";
  if (phase === "training") return `Training: ${where}.`;
  if (phase === "paused") return `Paused and saved: ${where}. It waits for you.`;
  if (phase === "finished") return `Finished after ${count(images)} images.`;
  if (phase === "stopped") return `Not in training; ${count(images)} images were shown.`;
  if (phase === "failed") return `Training ended by an error: ${trouble}`;
  return `The training process has died after about ${count(images)} images. What was saved is kept.`;
}

/** From what training can go on, and how. */
export function tellStates({ states, lowered, resume }, { phase }) {
  const newest = states.at(-1);
  const ago = newest ? lasting(Math.max(0, Date.now() / 1000 - newest[1])) : "";
  const halved = lowered ? ` Rates halved ${lowered === 1 ? "once" : `${lowered} times`}.` : "";
  const others = states.slice(0, -1).map(([images]) => count(images));
  const also = others.length ? ` (kept before: ${others.join(", ")})` : "";
  part("states").textContent = newest
    ? `It can go on from ${count(newest[0])} images, saved ${ago} ago${also}.${halved}`
    : `No state is saved yet.${halved}`;
  part("resume").hidden = !resume || ["training", "paused", "finished"].includes(phase);
  typeset(part("resume").querySelector("code"), resume);
}
