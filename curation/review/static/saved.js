/** Whether everything is saved: a word in the bar, and a plain sentence across the page where the server is gone. */

import { announce } from "/static/announcer.js";
import { many } from "/static/words.js";

const NOTE_MS = 4000;

const part = (id) => document.getElementById(id);

export class SavedState {
  #outbox = null;
  #silence = ""; // what is wrong, where it was seen by asking and not by sending
  #warning = "";
  #note = "";
  #timer = 0;
  #back = () => {};

  constructor() {
    part("retry").addEventListener("click", () => this.#retry());
    part("give-up").addEventListener("click", () => this.#outbox?.giveUp());
  }

  watch(outbox) {
    this.#outbox = outbox;
    for (const kind of ["state", "saved", "refused", "conflict"]) outbox.addEventListener(kind, () => this.#draw());
    outbox.addEventListener("saved", () => this.heard());
    this.#draw();
  }

  /** `act` is called when the server answers again. */
  back(act) {
    this.#back = act;
  }

  /** The server has answered. */
  heard() {
    if (this.#silence) {
      this.#silence = "";
      announce("The server answers again.");
      this.#back();
      this.#outbox?.retry();
    }
    this.#draw();
  }

  /** The server was asked and didn't answer as it should. */
  silent(error) {
    const { status } = error;
    if (status === undefined) throw error; // a mistake of the page's own
    if (status === 0 || status === 403 || status >= 500) this.#silence = trouble(status === 403 ? "locked" : "gone");
    else this.#warning = error.message;
    this.#draw();
  }

  /** Say something that the person should know and may forget. */
  note(sentence) {
    this.#note = sentence;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#note = "";
      this.#draw();
    }, NOTE_MS);
    this.#draw();
  }

  /** Say something that stays until the person has seen it. */
  warn(sentence) {
    this.#warning = sentence;
    this.#draw();
  }

  #retry() {
    if (this.#warning && !this.#problem) this.#warning = "";
    this.#outbox?.retry();
    if (this.#silence) this.#back();
    this.#draw();
  }

  get #problem() {
    const outbox = this.#outbox;
    if (outbox?.trouble) return outbox.state === "elsewhere" ? outbox.trouble : trouble(outbox.state);
    return this.#silence;
  }

  #draw() {
    const waiting = this.#outbox?.waiting ?? 0;
    const problem = this.#problem;
    const sentence = problem ? problem + unsaved(waiting) : this.#warning;
    part("trouble").hidden = !sentence;
    if (part("trouble-text").textContent !== sentence) part("trouble-text").textContent = sentence;
    part("retry").textContent = problem ? "Try again now" : "All right";
    part("give-up").hidden = !problem || !waiting;

    const state = problem ? (waiting ? "unsaved" : "offline") : waiting ? "saving" : "saved";
    part("saved").dataset.state = state;
    const words = { unsaved: `${waiting} unsaved`, offline: "no answer", saving: "saving …", saved: "saved" };
    part("saved").textContent = (state === "saved" && this.#note) || words[state];
  }
}

function unsaved(waiting) {
  if (!waiting) return "";
  const which = `${many(waiting, "action")} of yours ${waiting === 1 ? "is" : "are"}`;
  return ` ${which} not saved yet; kept in order, and sent as soon as it answers.`;
}

function trouble(state) {
  return state === "locked"
    ? "The server was started anew and wants its new address: open the one it printed in this browser, " +
        "and this page goes on by itself."
    : "The server doesn’t answer. Is `housegan curate --review` still running? This page goes on by itself once it is back.";
}
