/** Big pictures, fetched ahead: the next ones lie ready before they are asked for. */

const KEPT = 12;

export class Lightbox {
  #ready = new Map(); // id -> Promise of a decoded image, the latest used last

  /** Resolves to the address of a picture that can be shown at once; rejects where it can't be had. */
  ready(id) {
    let wish = this.#ready.get(id);
    this.#ready.delete(id);
    wish ??= decoded(`/picture/${id}`);
    this.#ready.set(id, wish);
    wish.catch(() => this.#ready.delete(id));
    for (const old of [...this.#ready.keys()].slice(0, -KEPT)) this.#ready.delete(old);
    return wish.then((image) => image.src);
  }

  /** Fetch pictures one after the other, as long as `wanted()` still holds. */
  async ahead(ids, wanted) {
    for (const id of ids) {
      if (!wanted()) return;
      await this.ready(id).catch(() => {});
    }
  }
}

async function decoded(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}
