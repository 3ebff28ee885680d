/** All pictures in rows: only those on screen are elements, the same ones again and again, whatever the set's size. */

import { announce } from "/static/announcer.js";
import { count, many } from "/static/words.js";
import { choose, made, paint } from "./cell.js";
import { keep, recall } from "./kept.js";
import { point } from "./pointing.js";
import { Selection } from "./selection.js";
import { MOST_AN_ACTION } from "./store.js";
import { Thumbnails } from "./thumbnails.js";
import { sentence } from "./words.js";

const GAP_PX = 8;
const ROWS_BEYOND = 2;
const CALM_MS = 60;
const LONGEST_CANVAS_PX = 17_500_000; // browsers give up somewhere above

const part = (id) => document.getElementById(id);

export class Grid {
  #store;
  #scroller = part("scroller");
  #canvas = part("canvas");
  #cells = new Map(); // place -> cell
  #spare = [];
  #thumbnails = new Thumbnails();
  #columns = 1;
  #pitch = 168;
  #frame = 0;
  #calm = 0;
  #lastTop = 0;
  #squares = false;

  /** `open()` is asked to show the picture at the cursor alone. */
  constructor(store, { open }) {
    this.#store = store;
    this.selection = new Selection(() => store.ids, (full) => this.#selected(full));
    point(this, { store, scroller: this.#scroller, canvas: this.#canvas, open });
    const size = part("size");
    size.value = recall("housegan grid size") ?? (innerWidth < 700 ? 104 : 160);
    size.addEventListener("input", () => this.#resize());
    part("whole").addEventListener("click", () => this.showSquares(false));
    part("squares").addEventListener("click", () => this.showSquares(true));
    part("deselect").addEventListener("click", () => this.selection.clear());
    part("open").addEventListener("click", open);
    this.showSquares(recall("housegan grid squares") === "true");

    store.addEventListener("index", () => this.#renew());
    store.addEventListener("cursor", () => this.#mark());
    store.addEventListener("pictures", ({ detail: { ids } }) => this.#paintAll(ids));
    new ResizeObserver(() => this.#resize()).observe(this.#scroller);
    this.#scroller.addEventListener("scroll", () => this.#soon(), { passive: true });
    this.#selected(false);
  }

  get hidden() {
    return part("grid").hidden;
  }

  /** The view has come on screen. */
  show() {
    this.#resize();
    this.#reveal(this.#store.cursor, "center");
  }

  /** What an action is about: what is selected, else the picture at the cursor. */
  get meant() {
    return this.selection.size ? [...this.selection.chosen] : [this.#store.current].filter(Boolean);
  }

  /** Thumbnails that couldn't be had are tried again. */
  retry() {
    for (const cell of this.#cells.values()) if (cell.state === "failed") this.#thumbnails.release(cell);
    this.#soon();
  }

  // Keys.

  move(by, { extending = false } = {}) {
    const { cursor } = this.#store;
    if (extending && !this.selection.size) this.selection.anchorAt(cursor);
    this.#store.goTo(cursor + by);
    if (extending) this.selection.until(this.#store.cursor);
    this.#reveal(this.#store.cursor);
    this.#tell();
  }

  get columns() {
    return this.#columns;
  }

  /** Where cells lie: `pitch` px from one to the next, across and down, `gap` px of them between. */
  get geometry() {
    return { columns: this.#columns, pitch: this.#pitch, gap: GAP_PX };
  }

  get rowsOnScreen() {
    return Math.max(1, Math.floor(this.#scroller.clientHeight / this.#pitch) - 1);
  }

  toggle({ extending = false } = {}) {
    if (!this.#store.ids.length) return;
    if (extending) this.selection.until(this.#store.cursor, { adding: true });
    else this.selection.toggle(this.#store.cursor);
  }

  enlarge(by) {
    const size = part("size");
    size.value = Number(size.value) + 24 * by;
    this.#resize();
  }

  showSquares(squares) {
    this.#squares = squares;
    part("whole").setAttribute("aria-pressed", !squares);
    part("squares").setAttribute("aria-pressed", squares);
    keep("housegan grid squares", squares);
    this.#canvas.classList.toggle("squares", squares);
    for (const cell of this.#cells.values()) this.#paint(cell);
  }

  get squares() {
    return this.#squares;
  }

  #tell() {
    const picture = this.#store.show(this.#store.current);
    if (picture) announce(`${this.#store.cursor + 1} of ${count(this.#store.ids.length)}: ${sentence(picture)}`);
  }

  // What is on screen.

  #resize() {
    if (this.hidden) return;
    const wish = Number(part("size").value);
    keep("housegan grid size", wish);
    const width = this.#scroller.clientWidth - GAP_PX;
    const top = this.#topPlace();
    this.#columns = Math.max(1, Math.round(width / (wish + GAP_PX)));
    this.#pitch = width / this.#columns;
    this.#canvas.style.setProperty("--cell", `${this.#pitch - GAP_PX}px`);
    this.#canvas.style.height = `${Math.min(LONGEST_CANVAS_PX, this.#rows * this.#pitch + GAP_PX)}px`;
    if (top > 0) this.#scroller.scrollTop = Math.floor(top / this.#columns) * this.#pitch;
    this.#draw();
  }

  get #rows() {
    return Math.ceil(this.#store.ids.length / this.#columns);
  }

  #topPlace() {
    return Math.round(this.#scroller.scrollTop / this.#pitch) * this.#columns;
  }

  #renew() {
    for (const place of [...this.#cells.keys()]) this.#drop(place);
    const here = new Set(this.#store.ids);
    const still = [...this.selection.chosen].filter((id) => here.has(id));
    if (still.length < this.selection.size) {
      this.selection.chosen = new Set(still);
      this.#selected(false);
    }
    const empty = part("grid").querySelector(".empty");
    empty.hidden = this.#store.ids.length > 0;
    empty.textContent = "No picture is like that.";
    this.#scroller.setAttribute("aria-label", many(this.#store.ids.length, "picture"));
    if (this.hidden) return;
    this.#resize();
    this.#reveal(this.#store.cursor);
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (this.hidden) return;
    const { scrollTop: top, clientHeight: height } = this.#scroller;
    const first = Math.max(0, Math.floor(top / this.#pitch) - ROWS_BEYOND) * this.#columns;
    const last = Math.min(this.#store.ids.length, (Math.ceil((top + height) / this.#pitch) + ROWS_BEYOND) * this.#columns);
    for (const place of this.#cells.keys()) if (place < first || place >= last) this.#drop(place);
    for (let place = first; place < last; place++) if (!this.#cells.has(place)) this.#lay(place);
    this.#mark();

    // while it rushes by nothing is fetched; what comes to rest on screen is fetched first
    const rushing = Math.abs(top - this.#lastTop) > height / 2;
    this.#lastTop = top;
    clearTimeout(this.#calm);
    if (rushing) this.#calm = setTimeout(() => this.#fetch(top, height), CALM_MS);
    else this.#fetch(top, height);
  }

  /** Ask for what the screen shows, from `top` on, and then for what lies beyond. */
  #fetch(top, height) {
    const beyond = ({ place }) => {
      const y = Math.floor(place / this.#columns) * this.#pitch;
      return y + this.#pitch < top ? top - y : y > top + height ? y - top - height : 0;
    };
    const cells = [...this.#cells.values()].sort((a, b) => beyond(a) - beyond(b) || a.place - b.place);
    this.#thumbnails.want(cells);
    this.#store.need(cells.map((cell) => cell.id));
  }

  #lay(place) {
    const cell = this.#spare.pop() ?? made(this.#canvas);
    const row = Math.floor(place / this.#columns);
    cell.place = place;
    cell.id = this.#store.ids[place];
    cell.element.hidden = false;
    cell.element.id = `cell-${place}`;
    const [x, y] = [place % this.#columns, row].map((line) => GAP_PX + line * this.#pitch);
    cell.element.style.transform = `translate(${x}px, ${y}px)`;
    cell.element.setAttribute("aria-setsize", this.#store.ids.length);
    cell.element.setAttribute("aria-posinset", place + 1);
    cell.element.dataset.thumb = "wanted";
    this.#cells.set(place, cell);
    this.#paint(cell);
  }

  #drop(place) {
    const cell = this.#cells.get(place);
    this.#cells.delete(place);
    this.#thumbnails.release(cell);
    this.#spare.push(cell);
    cell.element.hidden = true;
  }

  #paintAll(ids) {
    if (this.hidden) return;
    const changed = new Set(ids);
    for (const cell of this.#cells.values()) if (changed.has(cell.id)) this.#paint(cell);
  }

  #paint(cell) {
    paint(cell, this.#store.show(cell.id), { square: this.#squares, chosen: this.selection.has(cell.id) });
  }

  /** Show where the cursor is. */
  #mark() {
    for (const cell of this.#cells.values()) cell.element.classList.toggle("here", cell.place === this.#store.cursor);
    const here = this.#cells.get(this.#store.cursor);
    if (here) this.#scroller.setAttribute("aria-activedescendant", here.element.id);
    else this.#scroller.removeAttribute("aria-activedescendant");
  }

  #reveal(place, block = "nearest") {
    if (this.hidden) return;
    const top = Math.floor(place / this.#columns) * this.#pitch;
    const { scrollTop, clientHeight } = this.#scroller;
    if (block === "center") this.#scroller.scrollTop = top - (clientHeight - this.#pitch) / 2;
    else if (top < scrollTop) this.#scroller.scrollTop = top;
    else if (top + this.#pitch + GAP_PX > scrollTop + clientHeight) {
      this.#scroller.scrollTop = top + this.#pitch + GAP_PX - clientHeight;
    }
    this.#draw();
  }

  #selected(full) {
    for (const cell of this.#cells.values()) choose(cell, this.selection.has(cell.id));
    const { size } = this.selection;
    part("selected").textContent = size ? `${count(size)} selected` : "";
    part("deselect").hidden = !size;
    part("grid").classList.toggle("choosing", size > 0);
    if (full) announce(`No more than ${many(MOST_AN_ACTION, "picture")} can be selected at once.`);
  }
}
