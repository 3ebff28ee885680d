/** What a person wishes of training: pause, go on, stop, half the rate. */

import { announce } from "/static/announcer.js";
import { ask } from "/static/api.js";

const part = (id) => document.getElementById(id);

export class Control {
  #run;
  #silent;
  #phase = "";
  #lowered = 0;
  #asked = "";

  /** `silent(error)` hears where the server doesn't do it. */
  constructor(run, silent) {
    this.#run = run;
    this.#silent = silent;
    part("pause").addEventListener("click", () => this.pause());
    part("lower").addEventListener("click", () => this.#wish("lower", "The rate is being halved."));
    part("stop").addEventListener("click", () => this.stop());
    part("stop-dialog").addEventListener("close", (event) => {
      if (event.target.returnValue === "stop") this.#wish("stop", "The run saves and stops.");
      event.target.returnValue = "";
    });
  }

  /** How the run stands now. */
  hear({ phase }, { lowered }) {
    if (phase !== this.#phase || lowered !== this.#lowered) this.#asked = "";
    this.#phase = phase;
    this.#lowered = lowered;
    this.#draw();
  }

  get runs() {
    return ["training", "paused"].includes(this.#phase);
  }

  pause() {
    if (!this.runs || this.#asked) return;
    if (this.#phase === "paused") this.#wish("go on", "Training goes on.");
    else this.#wish("pause", "Training pauses after this step.");
  }

  stop() {
    if (this.runs) part("stop-dialog").showModal();
  }

  async #wish(kind, told) {
    this.#asked = kind;
    this.#draw();
    announce(told);
    try {
      await ask(`/api/${encodeURIComponent(this.#run)}/wish`, { post: { kind } });
    } catch (error) {
      this.#asked = "";
      this.#draw();
      this.#silent(error);
    }
  }

  #draw() {
    const { runs } = this;
    const pausing = { pause: "Pausing …", "go on": "Going on …" }[this.#asked];
    const key = part("pause").querySelector("kbd");
    part("pause").replaceChildren(pausing ?? (this.#phase === "paused" ? "Go on " : "Pause "), key);
    part("pause").classList.toggle("main", this.#phase === "paused");
    part("lower").textContent = this.#asked === "lower" ? "Halving …" : "Halve the rate";
    part("stop").textContent = this.#asked === "stop" ? "Stopping …" : "Stop …";
    const waits = { pause: "pause", "go on": "pause", lower: "lower", stop: "stop" }[this.#asked];
    for (const id of ["pause", "lower", "stop"]) part(id).disabled = !runs || id === waits;
    part("wishes").hidden = !runs;
  }
}
