/**
 * What the page knows: which pictures are shown in which order, facts about them, and what of the person's word isn't
 * saved yet. Views listen to its events: "index", "cursor", "pictures" {ids}, "summary", "pairs".
 */

import { ask } from "/static/api.js";
import { nextNumber } from "./window.js";

const MOST_A_REQUEST = 200;
export const MOST_AN_ACTION = 5000;

export class Store extends EventTarget {
  #pictures = new Map(); // id -> what the server said last
  #unsaved = new Map(); // id -> [{number, change}], oldest first
  #places = new Map(); // id -> place in ids
  #asked = new Set();
  #wanted = new Set();
  #fetching = false;
  #load = 0;
  #filterSaid = "null";

  constructor() {
    super();
    this.ids = [];
    this.filters = {};
    this.cursor = 0;
    this.summary = null;
    this.last = null;
    this.outbox = null;
  }

  /** From now on actions go through `outbox`. */
  connect(outbox) {
    this.outbox = outbox;
    outbox.addEventListener("saved", ({ detail: { action, answer } }) => {
      this.#settle(action.number, action);
      this.learn(answer.pictures ?? []);
    });
    outbox.addEventListener("refused", ({ detail: { action } }) => this.#settle(action.number, action));
    outbox.addEventListener("conflict", ({ detail: { action, conflicts, over } }) => {
      const theirs = new Set(conflicts.map((picture) => picture.id));
      this.#settle(action.number, action, over ? null : theirs);
      this.learn(conflicts);
    });
    outbox.addEventListener("adopted", ({ detail: { actions } }) => actions.forEach((action) => this.#expect(action)));
  }

  // Which pictures.

  /** Show the pictures that `filters` asks for; stays at the picture `at`, where it is among them. */
  async load(filters, at = this.current) {
    const load = ++this.#load;
    const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value));
    const { ids, last } = await ask(`/api/index?${query}`, { timeout_s: 60 });
    if (load !== this.#load) return; // another choice was made meanwhile
    this.filters = filters;
    this.last ??= last;
    this.#order(ids);
    this.cursor = this.#places.get(at) ?? 0;
    this.#tell("index");
    this.#tell("cursor");
  }

  /** Where the order is by doubt, what the filter has learned since sorts all that lies ahead. */
  async sortAhead() {
    const load = this.#load;
    const query = new URLSearchParams(Object.entries(this.filters).filter(([, value]) => value));
    const { ids } = await ask(`/api/index?${query}`, { timeout_s: 60 });
    if (load !== this.#load) return;
    const behind = this.ids.slice(0, this.cursor + 2);
    const seen = new Set(behind);
    this.#order([...behind, ...ids.filter((id) => !seen.has(id))]);
    this.#tell("index");
  }

  get current() {
    return this.ids[this.cursor];
  }

  place(id) {
    return this.#places.get(id);
  }

  /** Go to a place, as near as there is one; returns whether that is another than before. */
  goTo(place) {
    const there = Math.max(0, Math.min(this.ids.length - 1, place));
    if (there === this.cursor) return false;
    this.cursor = there;
    this.#tell("cursor");
    return true;
  }

  #order(ids) {
    this.ids = ids;
    this.#places = new Map(ids.map((id, place) => [id, place]));
  }

  // Facts about them.

  /** A picture as the person left it, saved or not; undefined until it is known. `unsaved` says which it is. */
  show(id) {
    const known = this.#pictures.get(id);
    const waiting = this.#unsaved.get(id);
    if (!known || !waiting) return known;
    return waiting.reduce((picture, { change }) => changed(picture, change), { ...known, unsaved: true });
  }

  /** Fetch those of `ids` that aren't known yet, the latest wish first. */
  need(ids) {
    const missing = ids.filter((id) => !this.#pictures.has(id) && !this.#asked.has(id));
    if (!missing.length) return;
    this.#wanted = new Set([...missing, ...this.#wanted].slice(0, 5 * MOST_A_REQUEST));
    this.#fetch();
  }

  async #fetch() {
    if (this.#fetching) return;
    this.#fetching = true;
    while (this.#wanted.size) {
      const some = [...this.#wanted].slice(0, MOST_A_REQUEST);
      for (const id of some) {
        this.#wanted.delete(id);
        this.#asked.add(id);
      }
      try {
        this.learn(await ask(`/api/pictures?ids=${some.join()}`));
      } catch (error) {
        this.#tell("unreachable", { error });
        await new Promise((resolve) => setTimeout(resolve, 1000));
        some.forEach((id) => this.#wanted.add(id));
      } finally {
        some.forEach((id) => this.#asked.delete(id));
      }
    }
    this.#fetching = false;
  }

  /** Ask anew about every picture: the machine's word on any of them may be another now. */
  forget() {
    this.#pictures.clear();
  }

  knows(ids) {
    return ids.every((id) => this.#pictures.has(id));
  }

  /** Resolves when all of `ids` are known that the server knows. */
  async learnAll(ids) {
    const missing = ids.filter((id) => !this.#pictures.has(id));
    for (let start = 0; start < missing.length; start += MOST_A_REQUEST) {
      this.learn(await ask(`/api/pictures?ids=${missing.slice(start, start + MOST_A_REQUEST).join()}`));
    }
  }

  /** Take what the server says; returns those pictures of which it says something new. */
  learn(pictures) {
    const news = pictures.filter((picture) => {
      const known = this.#pictures.get(picture.id);
      return !known || picture.seen >= known.seen;
    });
    const changedSince = news.filter(({ id, seen }) => (this.#pictures.get(id)?.seen ?? seen) !== seen);
    for (const picture of news) this.#pictures.set(picture.id, picture);
    if (news.length) this.#tell("pictures", { ids: news.map((picture) => picture.id) });
    return changedSince;
  }

  isUnsaved(id) {
    return this.#unsaved.has(id);
  }

  // What the person says.

  /**
   * Say something about pictures: one action. `what` is {verdict, reason?} or {crop}; `said` tells it to people.
   * Returns how many pictures it is about.
   */
  decide(ids, what, said) {
    const changes = ids.map((id) => ({ id, seen: this.#pictures.get(id)?.seen ?? 0, ...what }));
    if (!changes.length) return 0;
    const action = { number: nextNumber(), path: "/api/decide", body: { changes }, said };
    this.#expect(action);
    this.outbox.push(action);
    return changes.length;
  }

  /** Take back this window's last action. */
  undo() {
    this.outbox.push({ number: nextNumber(), path: "/api/undo", body: {}, said: "Undone" });
  }

  /** Say of a pair whether both show the same, and which of them is kept. */
  decidePair({ first, second, seen }, { same, keep }, said) {
    const body = { first: first.id, second: second.id, seen, same, ...(keep ? { keep } : {}) };
    this.outbox.push({ number: nextNumber(), path: "/api/pair", body, said });
  }

  #expect(action) {
    const ids = (action.body.changes ?? []).map((change) => {
      const waiting = this.#unsaved.get(change.id) ?? [];
      this.#unsaved.set(change.id, [...waiting, { number: action.number, change }]);
      return change.id;
    });
    if (ids.length) this.#tell("pictures", { ids });
  }

  /** The action `number` is decided, for those in `only` or for all of its pictures. */
  #settle(number, action, only = null) {
    const ids = (action.body.changes ?? []).map((change) => change.id);
    const settled = only ? [...only] : ids;
    for (const id of settled) {
      const waiting = (this.#unsaved.get(id) ?? []).filter((one) => one.number !== number);
      if (waiting.length) this.#unsaved.set(id, waiting);
      else this.#unsaved.delete(id);
    }
    if (settled.length) this.#tell("pictures", { ids: settled });
  }

  // How far it is.

  /** Hear what the filter says; returns whether that is news. */
  hearFilter(filter) {
    const said = JSON.stringify(filter);
    if (said === this.#filterSaid || !this.summary) return false;
    this.#filterSaid = said;
    this.summary.filter = filter;
    this.#tell("summary");
    return true;
  }

  async refresh() {
    this.summary = await ask("/api/summary");
    this.#tell("summary");
  }

  #tell(kind, detail = {}) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

/** The picture as it will be when the server has taken `change`. */
function changed(picture, change) {
  const after = { ...picture };
  const machine = picture.machine;
  if (change.verdict === "withdrawn") {
    Object.assign(after, { by: machine?.step ? "machine" : null, reason: machine?.reason ?? "", step: machine?.step ?? "" });
    after.verdict = machine?.verdict ?? picture.verdict;
  } else if (change.verdict) {
    Object.assign(after, { verdict: change.verdict, by: "person", step: "", reason: change.reason ?? "", doubtful: false });
  }
  if (change.crop) Object.assign(after, { crop: change.crop, crop_by: "person", crop_confidence: null, doubtful: false });
  if (change.crop === null) Object.assign(after, { crop: machine?.crop ?? picture.crop, crop_by: "machine" });
  return after;
}
