/** The square over a picture: dragged, resized by its corners, nudged by keys. Counts in px of the original. */

const SMALLEST_PX = 32;
const KEYS_REST_MS = 700;

export class CropBox {
  #box;
  #frame;
  #picture = null; // {width, height}
  #crop = [0, 0, 0];
  #drag = null;
  #timer = 0;
  #shown;
  #settled;

  /** `shown(crop)` hears of every movement, `settled(crop)` when the person has let go. */
  constructor(box, frame, { shown, settled }) {
    this.#box = box;
    this.#frame = frame;
    this.#shown = shown;
    this.#settled = settled;
    this.byTouch = false; // whether a finger on the square moves it; else it turns the page, and only corners obey
    box.addEventListener("pointerdown", (event) => this.#take(event));
    box.addEventListener("pointermove", (event) => this.#pull(event));
    for (const end of ["pointerup", "pointercancel"]) box.addEventListener(end, (event) => this.#drop(event));
  }

  /** Lay the square over a picture; nothing is told about it. */
  lay(picture, crop) {
    this.#picture = picture;
    this.#crop = crop;
    this.#draw();
  }

  get busy() {
    return this.#drag !== null || this.#timer !== 0;
  }

  /** Move by so many hundredths of the picture's shorter side, and grow by them about the centre. */
  nudge(right, down, grow = 0) {
    const step = Math.max(1, Math.min(this.#picture.width, this.#picture.height) / 100);
    const [left, top, side] = this.#crop;
    const after = this.#fit(side + 2 * grow * step);
    const shift = (after - side) / 2;
    this.#put(left - shift + right * step, top - shift + down * step, after);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), KEYS_REST_MS);
  }

  /** Tell at once what the keys have done. */
  flush() {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#settled(this.#crop);
  }

  /** Forget what wasn't told yet. */
  forget() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#drag = null;
  }

  #take(event) {
    const corner = [...event.target.classList].find((name) => ["nw", "ne", "sw", "se"].includes(name));
    if (event.button !== 0 || !this.#picture || (event.pointerType === "touch" && !corner && !this.byTouch)) return;
    event.preventDefault();
    event.stopPropagation();
    this.flush();
    this.#box.setPointerCapture(event.pointerId);
    this.#drag = { corner, x: event.clientX, y: event.clientY, from: this.#crop, pointer: event.pointerId };
    this.#box.classList.add("held");
  }

  #pull(event) {
    if (this.#drag?.pointer !== event.pointerId) return;
    const scale = this.#picture.width / this.#frame.clientWidth;
    const [left, top, side] = this.#drag.from;
    const right = (event.clientX - this.#drag.x) * scale;
    const down = (event.clientY - this.#drag.y) * scale;
    if (!this.#drag.corner) this.#put(left + right, top + down, side);
    else this.#stretch(this.#drag.corner, this.#drag.from, right, down);
  }

  #drop(event) {
    if (this.#drag?.pointer !== event.pointerId) return;
    const before = this.#drag.from;
    this.#drag = null;
    this.#box.classList.remove("held");
    if (this.#crop.join() !== before.join()) this.#settled(this.#crop);
  }

  /** The corner follows the pointer along the diagonal; the opposite corner stays where it is. */
  #stretch(corner, [left, top, side], right, down) {
    const west = corner.endsWith("w");
    const north = corner.startsWith("n");
    const grown = side + ((west ? -right : right) + (north ? -down : down)) / 2;
    const roomX = west ? left + side : this.#picture.width - left;
    const roomY = north ? top + side : this.#picture.height - top;
    const after = Math.min(this.#fit(grown), roomX, roomY);
    this.#put(west ? left + side - after : left, north ? top + side - after : top, after);
  }

  #fit(side) {
    const most = Math.min(this.#picture.width, this.#picture.height);
    return Math.max(Math.min(SMALLEST_PX, most), Math.min(most, side));
  }

  #put(left, top, side) {
    const whole = Math.round(this.#fit(side));
    const within = (value, most) => Math.round(Math.max(0, Math.min(most, value)));
    this.#crop = [within(left, this.#picture.width - whole), within(top, this.#picture.height - whole), whole];
    this.#draw();
    this.#shown(this.#crop);
  }

  #draw() {
    const { width, height } = this.#picture;
    const [left, top, side] = this.#crop;
    const { style } = this.#box;
    style.left = `${(100 * left) / width}%`;
    style.top = `${(100 * top) / height}%`;
    style.width = `${(100 * side) / width}%`;
    style.height = `${(100 * side) / height}%`;
  }
}

/** Show `crop` of a picture in a square element that holds `image`: a bigger image, pushed to its place. */
export function fillSquare(image, { width, height }, [left, top, side]) {
  const { style } = image;
  style.width = `${(100 * width) / side}%`;
  style.height = `${(100 * height) / side}%`;
  style.left = `${(-100 * left) / side}%`;
  style.top = `${(-100 * top) / side}%`;
}
