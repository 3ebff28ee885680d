/** The neighbours of the picture that is looked at: a strip that slides along; for the eye and the pointer only. */

const STEP_PX = 62;

export class Filmstrip {
  #strip;
  #store;
  #frames = [];
  #gone;

  /** `gone(place)` hears of the neighbour that was pointed at. */
  constructor(strip, store, gone) {
    this.#strip = strip;
    this.#store = store;
    this.#gone = gone;
    new ResizeObserver(() => this.#fit()).observe(strip);
  }

  /** Show the strip around the picture that is looked at. */
  draw() {
    const { ids, cursor } = this.#store;
    const count = this.#frames.length;
    if (!count) return;
    const half = (count - 1) / 2;
    for (let place = cursor - half; place <= cursor + half; place++) {
      // the same place stays in the same frame while the strip slides, so that nothing flickers
      const frame = this.#frames[((place % count) + count) % count];
      const id = ids[place] ?? "";
      const jumped = frame.place !== undefined && Math.abs(frame.at - (place - cursor)) > 2;
      frame.place = place;
      frame.at = place - cursor;
      frame.element.classList.toggle("jumped", jumped);
      frame.element.classList.toggle("here", place === cursor);
      frame.element.style.transform = `translateX(${frame.at * STEP_PX}px)`;
      frame.element.hidden = !id;
      if (frame.id !== id) {
        frame.id = id;
        frame.image.removeAttribute("src"); // else the one before stays until this one is there
        if (id) frame.image.src = `/thumb/${id}`;
      }
      this.#mark(frame);
    }
    this.#store.need(this.#frames.map((frame) => frame.id).filter(Boolean));
  }

  /** Show what is known by now of `ids`. */
  mark(ids) {
    const changed = new Set(ids);
    for (const frame of this.#frames) if (changed.has(frame.id)) this.#mark(frame);
  }

  #mark(frame) {
    const picture = this.#store.show(frame.id);
    frame.element.dataset.verdict = picture?.by ? picture.verdict : "";
    frame.element.dataset.by = picture?.by ?? "";
    frame.element.classList.toggle("unsaved", Boolean(picture?.unsaved));
  }

  #fit() {
    const count = 2 * Math.min(12, Math.ceil(this.#strip.clientWidth / STEP_PX / 2)) + 1;
    if (!this.#strip.clientWidth || count === this.#frames.length) return;
    this.#frames = Array.from({ length: count }, () => this.#frame());
    this.#strip.replaceChildren(...this.#frames.map((frame) => frame.element));
    this.draw();
  }

  #frame() {
    const element = document.createElement("div");
    element.className = "neighbour";
    const image = document.createElement("img");
    Object.assign(image, { alt: "", draggable: false, decoding: "async" });
    image.addEventListener("error", () => image.removeAttribute("src"));
    element.append(image);
    const frame = { element, image, id: "", at: 0, place: undefined };
    element.addEventListener("click", () => this.#gone(frame.place));
    return frame;
  }
}
