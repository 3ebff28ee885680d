/** One picture: as large as fits, with the crop over it and what will be left beside it. */

import { announce } from "/static/announcer.js";
import { count } from "/static/words.js";
import { CropBox, fillSquare } from "./cropbox.js";
import { drawFacts } from "./facts.js";
import { Filmstrip } from "./filmstrip.js";
import { Lightbox } from "./lightbox.js";
import { sentence, titleOf } from "./words.js";

const FLIP_MS = 70;
const SWIPE_PX = 45;
const AHEAD = 3;

const part = (id) => document.getElementById(id);

export class Single {
  #store;
  #stage = part("stage");
  #frame = part("frame");
  #image = part("picture");
  #final = part("final");
  #box = part("crop");
  #lightbox = new Lightbox();
  #strip;
  #crop;
  #id = null;
  #turned = 0;
  #swipe = null;

  constructor(store) {
    this.#store = store;
    this.flying = false;
    this.#strip = new Filmstrip(part("strip"), store, (place) => this.goTo(place));
    this.#crop = new CropBox(this.#box, this.#frame, {
      shown: (crop) => this.#preview(crop),
      settled: (crop) => this.#recordCrop(crop),
    });
    store.addEventListener("cursor", () => this.draw());
    store.addEventListener("index", () => this.draw());
    store.addEventListener("pictures", ({ detail: { ids } }) => {
      if (this.hidden) return;
      this.#strip.mark(ids);
      if (ids.includes(this.#id)) this.#describe();
    });
    new ResizeObserver(() => this.#fit()).observe(this.#stage);
    this.#stage.addEventListener("mousedown", (event) => {
      if (event.target.closest(".crop")) event.preventDefault(); // a click must not hand it the keys
    });
    this.#stage.addEventListener("pointerdown", (event) => this.#swipeFrom(event));
    this.#stage.addEventListener("pointerup", (event) => this.#swipeTo(event));
    this.#stage.addEventListener(
      "touchmove",
      (event) => event.touches.length === 1 && event.cancelable && event.preventDefault(),
      { passive: false }, // else the browser makes a fling of the wipe, and swallows the next tap
    );
    this.#stage.addEventListener("pointercancel", () => (this.#swipe = null));
    this.#box.addEventListener("focus", () => this.#cropping(true));
    this.#box.addEventListener("blur", () => this.#cropping(false));
    this.#image.addEventListener("load", () => part("single").classList.remove("blank"));
    part("why").open = innerHeight >= 900 && innerWidth > 900; // where there is room for it
    part("crop-button").addEventListener("mousedown", (event) => event.preventDefault());
    addEventListener("keyup", () => this.land());
    addEventListener("blur", () => this.land());
  }

  get hidden() {
    return part("single").hidden;
  }

  get picture() {
    return this.#store.show(this.#id);
  }

  /** Whether the keys move the crop. */
  get cropping() {
    return document.activeElement === this.#box;
  }

  // Where one looks.

  step(by, { held = false } = {}) {
    const now = performance.now();
    if (held && now - this.#turned < FLIP_MS) return;
    this.#turned = now;
    this.flying = held;
    this.#crop.flush();
    if (this.#store.goTo(this.#store.cursor + by) || held) return;
    this.#nudgeStage(by);
    announce(by > 0 ? "That was the last one." : "This is the first one.");
  }

  goTo(place) {
    this.#crop.flush();
    this.#store.goTo(place);
  }

  /** After flipping through: show the picture properly. */
  land() {
    if (!this.flying) return;
    this.flying = false;
    this.#develop();
    this.#tell();
  }

  /** Show the picture that is looked at. */
  draw() {
    if (this.hidden) return;
    const id = this.#store.current ?? null;
    this.#strip.draw();
    this.#frame.hidden = id === null;
    part("empty").hidden = id !== null || !this.#store.summary;
    part("single").classList.toggle("nothing", id === null);
    part("back").disabled = this.#store.cursor === 0;
    part("next").disabled = this.#store.cursor >= this.#store.ids.length - 1;
    if (id === this.#id) {
      this.#describe();
      return;
    }
    this.#crop.forget();
    this.#id = id;
    if (id === null) {
      this.#image.removeAttribute("src");
      return;
    }
    this.#store.need([id, ...this.#store.ids.slice(this.#store.cursor + 1, this.#store.cursor + 1 + AHEAD)]);
    part("single").classList.add("blank"); // until it is there the browser would go on showing the one before
    this.#frame.classList.remove("broken");
    this.#frame.classList.add("waiting");
    this.#put(`/thumb/${id}`);
    this.#describe();
    if (!this.flying) {
      this.#develop();
      this.#tell();
    }
  }

  /** Replace the thumbnail, enlarged, by the big picture. */
  async #develop() {
    const id = this.#id;
    if (id === null) return;
    const { ids, cursor } = this.#store;
    const here = () => this.#id === id && !this.flying;
    try {
      const address = await this.#lightbox.ready(id);
      if (!here()) return;
      this.#put(address);
      this.#frame.classList.remove("waiting", "broken");
    } catch {
      if (here()) this.#frame.classList.add("broken");
    }
    await this.#lightbox.ahead(ids.slice(cursor + 1, cursor + 1 + AHEAD), here);
  }

  #put(address) {
    for (const image of [this.#image, this.#final]) image.src = address;
  }

  #tell() {
    if (this.picture) announce(`${this.#store.cursor + 1} of ${count(this.#store.ids.length)}: ${sentence(this.picture)}`);
  }

  // What is known about it.

  #describe() {
    const picture = this.picture;
    part("single").classList.toggle("unknown", !picture);
    if (!picture) return;
    drawFacts(picture);
    this.#frame.dataset.verdict = picture.verdict;
    this.#image.alt = titleOf(picture);
    this.#fit();
    if (this.#crop.busy) return;
    this.#crop.lay(picture, picture.crop);
    this.#preview(picture.crop);
    this.#box.classList.toggle("doubtful", Boolean(picture.doubtful));
  }

  #preview(crop) {
    fillSquare(this.#final, this.picture, crop);
    const { width, height } = this.picture;
    part("final-size").textContent = `${count(crop[2])} px of ${count(width)} × ${count(height)}`;
    this.#box.setAttribute("aria-valuetext", `${crop[2]} px, from the left ${crop[0]}, from the top ${crop[1]}`);
  }

  /** Make the frame as large as the stage allows. */
  #fit() {
    const picture = this.picture;
    if (!picture || this.hidden) return;
    const room = getComputedStyle(this.#stage);
    const width = this.#stage.clientWidth - parseFloat(room.paddingLeft) - parseFloat(room.paddingRight);
    const height = this.#stage.clientHeight - parseFloat(room.paddingTop) - parseFloat(room.paddingBottom);
    const scale = Math.min(width / picture.width, height / picture.height, 3);
    this.#frame.style.width = `${Math.floor(picture.width * scale)}px`;
    this.#frame.style.height = `${Math.floor(picture.height * scale)}px`;
  }

  // What the person does.

  /** Record a verdict on this picture and go on to the next. */
  judge(what, said) {
    const picture = this.picture;
    if (!picture) return;
    this.#crop.flush();
    this.#store.decide([picture.id], what, `${said}: ${titleOf(picture)}`);
    this.cropMode(false);
    if (what.verdict !== "withdrawn") this.#store.goTo(this.#store.cursor + 1);
  }

  nudge(right, down, grow, { further = false } = {}) {
    const by = further ? 5 : 1;
    if (this.picture) this.#crop.nudge(right * by, down * by, grow * by);
  }

  /** Let the machine's crop hold again. */
  resetCrop() {
    const picture = this.picture;
    if (!picture) return;
    this.#crop.forget();
    if (picture.crop_by === "person") this.#store.decide([picture.id], { crop: null }, `Crop reset: ${titleOf(picture)}`);
    else this.#describe();
  }

  cropMode(on) {
    if (on && this.picture) this.#box.focus();
    else this.#box.blur();
  }

  /** Tell what the keys have done to the crop, before something else is done. */
  flush() {
    this.#crop.flush();
  }

  #cropping(on) {
    this.#crop.byTouch = on;
    this.#stage.classList.toggle("cropping", on);
    part("crop-hint").hidden = !on;
    part("crop-button").setAttribute("aria-pressed", on);
    if (!on) this.#crop.flush();
  }

  #recordCrop(crop) {
    const picture = this.picture;
    if (picture && picture.crop.join() !== crop.join()) {
      this.#store.decide([picture.id], { crop }, `Crop moved: ${titleOf(picture)}`);
    }
  }

  // Fingers.

  #swipeFrom(event) {
    if (event.pointerType === "mouse" || event.target.closest("button")) return;
    this.#swipe = { x: event.clientX, y: event.clientY };
  }

  #swipeTo(event) {
    if (!this.#swipe) return;
    const right = event.clientX - this.#swipe.x;
    const down = event.clientY - this.#swipe.y;
    this.#swipe = null;
    if (Math.abs(right) > SWIPE_PX && Math.abs(right) > 2 * Math.abs(down)) this.step(right < 0 ? 1 : -1);
  }

  #nudgeStage(by) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const there = `translateX(${-8 * by}px)`;
    const way = [{ transform: "none" }, { transform: there }, { transform: "none" }];
    this.#frame.animate(way, { duration: 180, easing: "ease-out" });
  }
}
