/** Sheets of pictures: fetched one at a time, what is looked at first, then its neighbours; kept while there is room. */

const ROOM_PX = 40e6; // pixels that decoded sheets may have: four bytes each
const AHEAD = 6;

export class Sheets {
  /** `show(key, bitmap)` is told of each that arrives, `lost(key, status)` of one that can't be had. */
  constructor({ show, lost }) {
    this.kept = new Map(); // by key, the least recently used first
    this.wanted = [];
    this.busy = false;
    this.show = show;
    this.lost = lost;
  }

  /** The sheet, if it is here; else it is fetched next, and after it those in `ahead`. */
  ask(row, ahead) {
    const kept = this.kept.get(key(row));
    if (kept) {
      this.kept.delete(key(row));
      this.kept.set(key(row), kept);
    }
    this.wanted = [row, ...ahead.slice(0, AHEAD)];
    this.fetch();
    return kept;
  }

  async fetch() {
    if (this.busy) return;
    this.busy = true;
    for (let row; (row = this.wanted.find((one) => !this.kept.has(key(one)))); ) {
      let status = 0;
      try {
        const response = await fetch(`/sheet/${row.images}`, { credentials: "same-origin", cache: "no-store" });
        status = response.status;
        if (!response.ok) throw new Error(status);
        this.keep(row, await createImageBitmap(await response.blob()));
      } catch {
        this.wanted = this.wanted.filter((one) => one !== row);
        this.lost(row, status);
      }
    }
    this.busy = false;
  }

  keep(row, bitmap) {
    this.kept.set(key(row), bitmap);
    let pixels = [...this.kept.values()].reduce((sum, one) => sum + one.width * one.height, 0);
    for (const [name, one] of this.kept) {
      if (pixels <= ROOM_PX || this.wanted.some((row) => key(row) === name)) break;
      pixels -= one.width * one.height;
      this.kept.delete(name);
      one.close();
    }
    this.show(row, bitmap);
  }
}

export const key = (row) => `${row.images} ${row.stamp}`;

/** Paint a sheet's pictures, which lie under one another, in as many columns as make them largest. */
export function paint(canvas, bitmap) {
  const box = canvas.getBoundingClientRect();
  const dense = devicePixelRatio || 1;
  canvas.width = Math.round(box.width * dense);
  canvas.height = Math.round(box.height * dense);
  const side = bitmap.width;
  const count = Math.round(bitmap.height / side);
  const gap = 2 * dense;
  const fits = [];
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const size = Math.min((canvas.width - gap * (columns - 1)) / columns, (canvas.height - gap * (rows - 1)) / rows);
    fits.push({ size, columns, whole: count % columns === 0 });
  }
  const largest = Math.max(...fits.map((fit) => fit.size));
  const good = fits.filter((fit) => fit.size > 0.85 * largest); // of these whole rows look best
  const best = good.find((fit) => fit.whole) ?? fits.find((fit) => fit.size === largest);
  const size = Math.max(1, Math.floor(best.size));
  const rows = Math.ceil(count / best.columns);
  const left = Math.floor((canvas.width - best.columns * (size + gap) + gap) / 2);
  const top = Math.floor((canvas.height - rows * (size + gap) + gap) / 2);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  for (let place = 0; place < count; place++) {
    const x = left + (place % best.columns) * (size + gap);
    const y = top + Math.floor(place / best.columns) * (size + gap);
    context.drawImage(bitmap, 0, place * side, side, side, x, y, size, size);
  }
}
