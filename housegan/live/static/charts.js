/** The four figures of a run, with one mark that goes through all of them. */

import { Chart } from "./chart.js";

const band = (name, kind, x, { mid, low, high }) => ({ name, kind, x, mid, low, high });

export class Charts {
  #charts;
  #here = 0;

  /** `chosen(images)` hears which moment somebody wants to see. */
  constructor(element, chosen) {
    const hears = { chosen, pointed: (images) => this.#mark(images ?? this.#here) };
    const titles = ["Losses", "Scores", "KID, less is better", "Pictures a second"];
    this.#charts = titles.map((title) => new Chart(element, title, hears));
  }

  /** Draw what the server says. */
  show(curves) {
    const { images: x, ends, lowered, kid } = curves;
    const at = kid.map((one) => one.images);
    const lines = [
      [band("discriminator", "one", x, curves.loss_d), band("generator", "two", x, curves.loss_g)],
      [band("real", "one", x, curves.score_real), band("drawn", "two", x, curves.score_fake)],
      [
        { name: "drawn", kind: "two", x: at, dots: true, mid: kid.map((one) => one.kid),
          low: kid.map((one) => one.kid - one.error), high: kid.map((one) => one.kid + one.error) },
        { ...band("real", "one", at, both(kid.map((one) => one.real))), dashed: true },
      ],
      [band("", "two", curves.speed_images, curves.speed)],
    ];
    const until = Math.max(0, ...[x, at, curves.speed_images].map((places) => places.at(-1) ?? 0));
    this.#charts.forEach((chart, number) => chart.show({ lines: lines[number], ends, lowered, until }));
  }

  /** The moment that is looked at. */
  at(images) {
    this.#here = images;
    this.#mark(images);
  }

  #mark(images) {
    for (const chart of this.#charts) chart.at(images);
  }
}

const both = (mid) => ({ mid, low: mid, high: mid });
