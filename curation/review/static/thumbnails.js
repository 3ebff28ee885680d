/**
 * Thumbnails for the grid: what is on screen first, a few at a time, so that a decision never queues behind pictures
 * (browsers open six connections to one address).
 */

const AT_ONCE = 4;

export class Thumbnails {
  #queue = [];
  #loading = 0;

  /** Load the pictures of `cells` in this order; a cell is {id, image, state}. Replaces what was asked for before. */
  want(cells) {
    this.#queue = cells.filter((cell) => cell.state === "wanted");
    this.#pump();
  }

  /** The cell shows another picture from now on: what it was loading is called off. */
  release(cell) {
    if (cell.state === "loading") this.#loading--;
    cell.image.onload = cell.image.onerror = null;
    cell.image.removeAttribute("src");
    cell.state = "wanted";
  }

  #pump() {
    while (this.#loading < AT_ONCE && this.#queue.length) {
      const cell = this.#queue.shift();
      if (cell.state !== "wanted" || !cell.id) continue;
      cell.state = "loading";
      this.#loading++;
      cell.image.onload = () => this.#done(cell, "shown");
      cell.image.onerror = () => this.#done(cell, "failed");
      cell.image.src = `/thumb/${cell.id}`;
    }
  }

  #done(cell, state) {
    cell.image.onload = cell.image.onerror = null;
    cell.state = state;
    cell.element.dataset.thumb = state;
    this.#loading--;
    this.#pump();
  }
}
