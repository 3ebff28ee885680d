/** Which pictures are selected, by their ids. Places are numbers in the grid's order. */

import { MOST_AN_ACTION } from "./store.js";

export class Selection {
  #ids = () => [];
  #changed;
  #anchor = 0;
  #before = new Set();

  /** `ids()` gives the grid's order; `changed(full)` hears of every change, and whether there was room for all. */
  constructor(ids, changed) {
    this.#ids = ids;
    this.#changed = changed;
    this.chosen = new Set();
  }

  has(id) {
    return this.chosen.has(id);
  }

  get size() {
    return this.chosen.size;
  }

  only(place) {
    this.#anchor = place;
    this.#set([this.#ids()[place]]);
  }

  toggle(place) {
    this.#anchor = place;
    const id = this.#ids()[place];
    const after = new Set(this.chosen);
    if (!after.delete(id)) after.add(id);
    this.#set(after);
  }

  /** All from the last one that was selected to `place`. */
  until(place, { adding = false } = {}) {
    const [from, to] = [Math.min(this.#anchor, place), Math.max(this.#anchor, place)];
    this.#set([...(adding ? this.chosen : []), ...this.#ids().slice(from, to + 1)]);
  }

  /** Where ⇧ and an arrow key start from. */
  anchorAt(place) {
    this.#anchor = place;
  }

  /** A rectangle begins; what was selected stays where `adding`. */
  begin({ adding }) {
    this.#before = adding ? new Set(this.chosen) : new Set();
  }

  /** The rectangle covers `places` now. */
  cover(places) {
    const ids = this.#ids();
    this.#set([...this.#before, ...places.map((place) => ids[place])]);
  }

  all() {
    this.#set(this.#ids());
  }

  clear() {
    this.#set([]);
  }

  #set(ids) {
    const wished = new Set(ids);
    this.chosen = wished.size > MOST_AN_ACTION ? new Set([...wished].slice(0, MOST_AN_ACTION)) : wished;
    this.#changed(wished.size > MOST_AN_ACTION);
  }
}
