/**
 * Actions on their way to the server, one after the other. Each stays here, and in the browser's storage, until the
 * server has said that it is on disk. One whose answer was lost is sent again with the same number: the server knows it.
 */

import { ask } from "/static/api.js";
import { keep } from "./kept.js";
import { claim } from "./window.js";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 4000;

export class Outbox extends EventTarget {
  #set;
  #window;
  #queue = [];
  #wake = () => {};
  #running = false;

  /** `state` is "idle", "sending", "gone" (no answer), "locked" (the server wants its new address) or "elsewhere". */
  constructor(set, windowName) {
    super();
    this.#set = set;
    this.#window = windowName;
    this.state = "idle";
    this.trouble = "";
    addEventListener("beforeunload", (event) => this.#queue.length && event.preventDefault());
    addEventListener("online", () => this.retry());
  }

  get waiting() {
    return this.#queue.length;
  }

  /** Send {number, path, body, said} after all before it; `body` gets the window and the number. */
  push(action) {
    this.#queue.push({ ...action, body: { window: this.#window, number: action.number, ...action.body } });
    this.#keep();
    this.#run();
  }

  /** Try now what was to be tried later. */
  retry() {
    this.#wake();
  }

  /** Forget what isn't saved. */
  giveUp() {
    const given = this.#queue.splice(0);
    this.#keep();
    for (const action of given) this.#tell("refused", { action, message: "" });
    this.#wake();
  }

  /** Send what was left by windows that were closed, and by this one before it was reloaded. */
  async adopt() {
    const prefix = this.#key("");
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    for (const key of keys) {
      const owner = key.slice(prefix.length);
      if (owner !== this.#window && !(await claim(owner))) continue; // it lives, and will send its own
      const left = JSON.parse(localStorage.getItem(key) ?? "[]");
      this.#queue.unshift(...left);
      this.#keep();
      if (owner !== this.#window) localStorage.removeItem(key);
      if (left.length) this.#tell("adopted", { actions: left });
    }
    this.#run();
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    let pause_ms = FIRST_PAUSE_MS;
    while (this.#queue.length) {
      const action = this.#queue[0];
      try {
        if (this.trouble) await this.#recognise();
        this.#be(this.trouble ? this.state : "sending");
        const answer = await ask(action.path, { post: action.body });
        this.#be("sending");
        this.#leave(action);
        this.#move(action, answer.pictures ?? []);
        this.#tell("saved", { action, answer });
        pause_ms = FIRST_PAUSE_MS;
      } catch (error) {
        if (error.gone || error.status === 403 || error.elsewhere) {
          this.#be(error.elsewhere ? "elsewhere" : error.gone ? "gone" : "locked", error.message);
          await this.#rest(pause_ms);
          pause_ms = Math.min(2 * pause_ms, LONGEST_PAUSE_MS);
        } else if (error.status === 409) {
          this.#be("sending");
          this.#part(action, error.answer);
        } else if (error.status) {
          this.#be("sending");
          this.#leave(action);
          this.#tell("refused", { action, message: error.message });
        } else {
          throw error; // a mistake of the page's own
        }
      }
    }
    this.#running = false;
    this.#be("idle");
  }

  /** Make sure, before anything is sent after a break, that it is the same set that answers. */
  async #recognise() {
    const { name } = await ask("/api/summary");
    if (name === this.#set) return;
    throw Object.assign(new Error(`At this address is now the set “${name}”, not “${this.#set}”.`), { elsewhere: true });
  }

  /** The next actions on the same pictures were decided in sight of what has just been saved. */
  #move(action, pictures) {
    const before = new Map((action.body.changes ?? []).map((change) => [change.id, change.seen]));
    const now = new Map(pictures.map((picture) => [picture.id, picture.seen]));
    for (const { body } of this.#queue) {
      for (const change of body.changes ?? []) {
        if (now.has(change.id) && before.get(change.id) === change.seen) change.seen = now.get(change.id);
      }
    }
    this.#keep();
  }

  /** Another window was faster on some of the pictures: theirs stays, and only the rest is sent again. */
  #part(action, { conflicts = [], pair = null }) {
    const theirs = new Set(conflicts.map((picture) => picture.id));
    const rest = (action.body.changes ?? []).filter((change) => !theirs.has(change.id));
    if (!theirs.size || !rest.length) this.#leave(action);
    else action.body.changes = rest;
    this.#keep();
    this.#tell("conflict", { action, conflicts, pair, over: !theirs.size || !rest.length });
  }

  #leave(action) {
    this.#queue = this.#queue.filter((one) => one !== action);
    this.#keep();
  }

  #rest(pause_ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pause_ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #be(state, trouble = "") {
    const before = [this.state, this.trouble, this.told].join();
    this.state = state;
    this.trouble = trouble;
    this.told = this.#queue.length;
    if (before !== [state, trouble, this.told].join()) this.#tell("state", {});
  }

  #key(owner) {
    return `housegan outbox ${this.#set} ${owner}`;
  }

  #keep() {
    // where storage is full or switched off it lives as long as the page, which asks before it is closed
    keep(this.#key(this.#window), this.#queue.length ? JSON.stringify(this.#queue) : null);
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
