/** Two pictures that may be the same, side by side. */

import { announce } from "/static/announcer.js";
import { ask } from "/static/api.js";
import { count } from "/static/words.js";
import { told, titleOf } from "./words.js";

const part = (id) => document.getElementById(id);
const nameOf = ({ first, second }) => `${first.id ?? first} ${second.id ?? second}`;

export class Pairs {
  #store;
  #all = [];
  #place = 0;
  #said = new Set(); // names of pairs that were decided here, saved or not
  #section = part("pairs");
  #load = 0;
  #wished = null; // the name of the pair to go to

  constructor(store) {
    this.#store = store;
    const blink = part("blink");
    blink.addEventListener("pointerdown", () => this.blink(true));
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) blink.addEventListener(end, () => this.blink(false));
    addEventListener("keyup", () => this.blink(false));
    addEventListener("blur", () => this.blink(false));
    store.addEventListener("pictures", () => this.hidden || this.#describe());
  }

  get hidden() {
    return this.#section.hidden;
  }

  get waiting() {
    return this.#all.filter((pair) => !this.#said.has(nameOf(pair))).length;
  }

  /** The outbox has spoken: `saved`, or somebody else's word holds, or it was refused. */
  listen(outbox) {
    outbox.addEventListener("refused", ({ detail: { action } }) => this.#back(action.body));
    outbox.addEventListener("conflict", ({ detail: { action } }) => action.path === "/api/pair" && this.load());
  }

  /** Fetch the pairs that wait; goes to `at`, a pair of ids, where it is among them. */
  async load(at = null) {
    const load = ++this.#load;
    if (at) {
      // said now and not with the answer: whoever loads anew meanwhile must find it waiting, and go to it
      this.#wished = nameOf(at);
      this.#said.delete(this.#wished);
    }
    const pairs = await ask("/api/pairs", { timeout_s: 60 });
    if (load !== this.#load) return;
    const here = this.#wished ?? (this.#all[this.#place] && nameOf(this.#all[this.#place]));
    this.#wished = null;
    this.#all = pairs.filter((pair) => !this.#said.has(nameOf(pair)) || nameOf(pair) === here);
    this.#store.learn(pairs.flatMap(({ first, second }) => [first, second]));
    const place = this.#all.findIndex((pair) => nameOf(pair) === here);
    this.#place = Math.max(0, place < 0 ? Math.min(this.#place, this.#all.length - 1) : place);
    this.draw();
  }

  step(by) {
    const there = this.#place + by;
    if (there < 0 || there >= this.#all.length) {
      announce(by > 0 ? "That was the last pair." : "This is the first pair.");
      return;
    }
    this.#place = there;
    this.draw();
  }

  /** Record a word on this pair and go on; `keep` is "first", "second" or nothing. */
  decide({ same, keep }, said) {
    const pair = this.#all[this.#place];
    if (!pair || this.#said.has(nameOf(pair))) return;
    this.#said.add(nameOf(pair));
    this.#store.decidePair(pair, { same, keep: keep && pair[keep].id }, said);
    this.#all.splice(this.#place, 1);
    this.#place = Math.min(this.#place, Math.max(0, this.#all.length - 1));
    this.draw();
  }

  /** Show the second picture in the first one's place, as long as it is held. */
  blink(on) {
    if (this.hidden && on) return;
    this.#section.classList.toggle("blinking", on && this.#all.length > 0);
    part("blink").setAttribute("aria-pressed", on);
  }

  draw() {
    if (this.hidden) return;
    const pair = this.#all[this.#place];
    this.#section.querySelector(".empty").hidden = Boolean(pair);
    this.#section.querySelector(".two-pictures").hidden = !pair;
    for (const deed of this.#section.querySelectorAll(".shelf button")) deed.disabled = !pair;
    part("pair-told").textContent = "";
    if (!pair) return;
    this.#describe();
    const where = `${count(this.#place + 1)} of ${count(this.#all.length)}`;
    part("pair-told").textContent = [where, `${pair.bits} of 256 bits differ`, pair.reason].filter(Boolean).join(" · ");
    announce(`Pair ${where}: ${titleOf(pair.first)} and ${titleOf(pair.second)}, ${pair.bits} bits differ`);
    const after = this.#all[this.#place + 1];
    for (const { id } of after ? [after.first, after.second] : []) new Image().src = `/picture/${id}`;
  }

  #describe() {
    const pair = this.#all[this.#place];
    if (!pair) return;
    for (const [side, other] of [["first", "second"], ["second", "first"]]) {
      const picture = this.#store.show(pair[side].id) ?? pair[side];
      const rival = pair[other];
      const image = part(side).querySelector("img");
      const address = `/picture/${picture.id}`;
      for (const place of side === "second" ? [image, part("first").querySelector(".other")] : [image]) {
        if (place.getAttribute("src") === address) continue;
        place.removeAttribute("src"); // else the one before stays until this one is there
        place.src = address;
      }
      image.alt = titleOf(picture);
      const size = `${count(picture.width)} × ${count(picture.height)} px`;
      const larger = picture.width * picture.height > rival.width * rival.height;
      part(side).querySelector("figcaption").replaceChildren(
        line("strong", titleOf(picture)),
        line("span", picture.author ? `by ${picture.author}` : "author unknown"),
        line("span", `${size}${larger ? ", the larger" : ""}`, larger ? "number larger" : "number"),
        line("span", [picture.licence || "licence unknown", picture.source].filter(Boolean).join(" · ")),
        line("span", told(picture)),
      );
    }
  }

  #back(body) {
    if (body.first) {
      this.#said.delete(nameOf(body));
      this.load(body);
    }
  }
}

function line(kind, text, className = "") {
  const element = document.createElement(kind);
  element.textContent = text;
  element.className = className;
  return element;
}
