/** The grids over time: the newest large, and a slider through all of them. */

import { count } from "/static/words.js";

const part = (id) => document.getElementById(id);

export class Grids {
  #run;
  #every = [];
  #place = -1;
  #follows = true;
  #wanted = "";
  #seen;

  /** `seen({images, stage, epoch})` hears what is looked at. */
  constructor(run, seen) {
    this.#run = run;
    this.#seen = seen;
    part("slider").addEventListener("input", (event) => this.goTo(Number(event.target.value)));
    part("back").addEventListener("click", () => this.step(-1));
    part("next").addEventListener("click", () => this.step(1));
    part("newest").addEventListener("click", () => this.goTo(Infinity));
  }

  /** Take the list that the server says, of [images, version, stage, epoch]. */
  show(every) {
    const images = this.images;
    this.#every = every;
    const before = every.findIndex((grid) => grid[0] >= images);
    this.goTo(this.#follows || before < 0 ? Infinity : before);
  }

  /** Images shown at the grid that is looked at. */
  get images() {
    return this.#every[this.#place]?.[0] ?? 0;
  }

  step(by) {
    this.goTo(this.#place + by);
  }

  /** Go to the grid nearest to so many images. */
  near(images) {
    const far = this.#every.map((grid) => Math.abs(grid[0] - images));
    this.goTo(far.indexOf(Math.min(...far)));
  }

  goTo(place) {
    const last = this.#every.length - 1;
    part("empty").hidden = last >= 0;
    if (last < 0) return;
    this.#place = Math.max(0, Math.min(last, place));
    this.#follows = this.#place === last;
    const [images, , stage, epoch] = this.#every[this.#place];
    const told = `${count(images)} images${stage ? `, ${stage}, epoch ${count(epoch)}` : ""}`;
    Object.assign(part("slider"), { max: last, value: this.#place });
    part("slider").setAttribute("aria-valuetext", told);
    part("newest").setAttribute("aria-pressed", this.#follows);
    part("back").disabled = this.#place === 0;
    part("next").disabled = this.#follows;
    part("moment").textContent = told;
    this.#look(`Grid of pictures drawn at ${told}`);
    this.#seen({ images, stage, epoch });
  }

  /** Bring the picture on screen once it is there, so that nothing flickers. */
  async #look(told) {
    const address = this.#address(this.#place);
    if (address === this.#wanted) return;
    this.#wanted = address;
    const picture = new Image();
    picture.src = address;
    await picture.decode().catch(() => {}); // gone meanwhile: the next news says so
    if (address !== this.#wanted || !picture.naturalWidth) return;
    Object.assign(part("grid"), { src: address, alt: told });
    for (const beside of [this.#place - 1, this.#place + 1]) if (this.#every[beside]) new Image().src = this.#address(beside);
  }

  #address(place) {
    const [images, version] = this.#every[place];
    return `/grid/${encodeURIComponent(this.#run)}/${String(images).padStart(12, "0")}.png?version=${version}`;
  }
}
