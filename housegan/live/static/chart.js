/** One figure over images shown: lines with bands or error bars, drawn as SVG. */

import { marks, nearest, short } from "/static/scale.js";
import { path, shape } from "/static/shapes.js";

const LEFT = 34;
const BOTTOM = 16;
const TOP = 6;

export class Chart {
  #svg = shape("svg", { role: "img" });
  #here = shape("line", { class: "here" });
  #values = document.createElement("span");
  #title;
  #chosen;
  #drawn = { lines: [], ends: [], lowered: [], until: 0 };
  #at = 0;

  /** Draws into `element`; `pointed(images)` hears where a pointer is, or null; `chosen(images)` where it presses. */
  constructor(element, title, { pointed, chosen }) {
    this.#title = title;
    this.#chosen = chosen;
    const figure = document.createElement("figure");
    figure.className = "chart";
    const caption = document.createElement("figcaption");
    const heading = Object.assign(document.createElement("h3"), { textContent: title });
    this.#values.className = "values";
    this.#values.style.display = "contents";
    caption.append(heading, this.#values);
    figure.append(caption, this.#svg);
    element.append(figure);
    this.figure = figure;
    this.#svg.addEventListener("pointermove", (event) => pointed(this.#imagesAt(event)));
    this.#svg.addEventListener("pointerleave", () => pointed(null));
    this.#svg.addEventListener("click", (event) => this.#chosen(this.#imagesAt(event)));
    new ResizeObserver(() => this.#draw()).observe(this.#svg);
  }

  /**
   * Show `lines`, each {name, kind, x, mid, low, high, dots?, dashed?}, up to `until` images; `ends` and `lowered` are
   * images at which a stage ended or the rates were halved.
   */
  show(drawn) {
    this.#drawn = drawn;
    this.figure.hidden = !drawn.lines.some((line) => line.x.length);
    this.#draw();
    this.at(this.#at);
  }

  /** Tell the values at so many images, and mark the place. */
  at(images) {
    this.#at = images;
    const told = this.#drawn.lines.filter((line) => line.x.length).map((line) => {
      const place = nearest(line.x, images);
      const value = line.mid[place];
      const spread = line.dots && value !== null ? ` ± ${short(line.high[place] - value)}` : "";
      const part = document.createElement("span");
      part.className = `value ${line.kind}`;
      const number = Object.assign(document.createElement("b"), { textContent: value === null ? "none" : short(value) + spread });
      part.append(`${line.name} `, number);
      return part;
    });
    this.#values.replaceChildren(...told);
    const said = told.map((part) => part.textContent).join(", ");
    this.#svg.setAttribute("aria-label", `${this.#title} over images shown; here ${said}`);
    if (!this.#scale) return;
    const x = this.#scale.x(Math.min(images, this.#drawn.until));
    for (const end of ["x1", "x2"]) this.#here.setAttribute(end, x);
  }

  #scale = null;

  #imagesAt(event) {
    const box = this.#svg.getBoundingClientRect();
    const share = (event.clientX - box.left - LEFT) / Math.max(1, box.width - LEFT);
    return Math.max(0, Math.min(1, share)) * this.#drawn.until;
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#svg;
    const { lines, until } = this.#drawn;
    const numbers = lines.flatMap((line) => [...line.low, ...line.high]).filter((value) => value !== null);
    if (!width || !numbers.length) return;
    const lowest = Math.min(0, ...numbers);
    const highest = Math.max(...numbers);
    const span = highest - lowest || 1;
    this.#scale = {
      x: (images) => LEFT + (images / Math.max(1, until)) * (width - LEFT),
      y: (value) => TOP + (1 - (value - lowest) / span) * (height - TOP - BOTTOM),
    };
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const x = this.#scale.x(Math.min(this.#at, until));
    for (const [name, value] of Object.entries({ x1: x, x2: x, y1: TOP, y2: height - BOTTOM })) this.#here.setAttribute(name, value);
    this.#svg.replaceChildren(...this.#axes(width, height, lowest, highest), ...lines.flatMap((line) => this.#line(line)), this.#here);
  }

  #axes(width, height, lowest, highest) {
    const { x, y } = this.#scale;
    const { ends, lowered, until } = this.#drawn;
    const floor = height - BOTTOM;
    const level = marks(lowest, highest, 3).flatMap((value) => [
      shape("line", { class: "axis", x1: LEFT, x2: width, y1: y(value), y2: y(value) }),
      shape("text", { x: LEFT - 5, y: y(value) + 3, "text-anchor": "end" }, short(value)),
    ]);
    const along = marks(0, until, Math.max(2, Math.floor(width / 90))).slice(1).map((images) =>
      shape("text", { x: Math.min(x(images), width - 14), y: height - 2, "text-anchor": "middle" }, short(images)));
    const over = ends.map((images) => shape("line", { class: "end", x1: x(images), x2: x(images), y1: TOP, y2: floor }));
    const slower = lowered.map((images) => {
      const mark = shape("path", { class: "lowered", d: `M${x(images) - 4} ${TOP - 4}h8l-4 7z` });
      mark.append(shape("title", {}, "both learning rates halved"));
      return mark;
    });
    return [...level, ...along, ...over, ...slower];
  }

  #line({ kind, x, mid, low, high, dots, dashed }) {
    const scale = this.#scale;
    const there = x.map((_, place) => place).filter((place) => mid[place] !== null);
    const points = (values) => there.map((place) => [scale.x(x[place]), scale.y(values[place])]);
    const line = shape("path", { class: `line ${kind}${dashed ? " dashed" : ""}`, d: path(points(mid)) });
    const dotted = points(mid).map(([cx, cy]) => shape("circle", { class: `dot ${kind}`, cx, cy, r: 2.4 }));
    if (!dots) {
      const around = [...points(high), ...points(low).reverse()];
      return [shape("path", { class: `band ${kind}`, d: path(around, "Z") }), line, ...(there.length === 1 ? dotted : [])];
    }
    const bars = there.map((place) => {
      const at = scale.x(x[place]);
      return shape("line", { class: `error ${kind}`, x1: at, x2: at, y1: scale.y(low[place]), y2: scale.y(high[place]) });
    });
    return [...bars, line, ...dotted];
  }
}
