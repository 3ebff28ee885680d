/** A run of its own from the grid that is looked at: its command, and a button that begins it. */

import { announce } from "/static/announcer.js";
import { ask } from "/static/api.js";
import { count } from "/static/words.js";
import { typeset } from "./command.js";

const part = (id) => document.getElementById(id);
const ASK_AFTER_MS = 200;
const ON_ITS_WAY = {
  checking: "Looking whether the branch can begin …",
  stopping: "This run saves and stops …",
  starting: "The branch begins …",
};

export class Branch {
  #path;
  #images = 0;
  #runs = false;
  #timer = 0;
  #phase = "";
  #begun = false;

  constructor(run, silent) {
    this.#path = `/api/${encodeURIComponent(run)}/branch`;
    this.silent = silent;
    part("rate").addEventListener("change", () => this.#tell());
    part("branch").addEventListener("click", () => this.#ask());
    part("branch-dialog").addEventListener("close", (event) => {
      if (event.target.returnValue === "branch") this.#begin();
      event.target.returnValue = "";
    });
  }

  /** From which grid. */
  at(images) {
    this.#images = images;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), ASK_AFTER_MS); // not for each grid that a slider passes
  }

  /** Whether the run trains, and how a branch that was begun stands. */
  hear(runs, branch) {
    this.#runs = runs;
    part("branch").textContent = runs ? "Stop this run and begin the branch …" : "Begin the branch …";
    part("branch").disabled = branch?.phase in ON_ITS_WAY;
    if (!branch || branch.phase === this.#phase) return;
    this.#phase = branch.phase;
    const state = part("branch-state");
    state.hidden = false;
    state.textContent = ON_ITS_WAY[branch.phase] ?? branch.said;
    if (branch.phase === "running") {
      const link = Object.assign(document.createElement("a"), { textContent: branch.run });
      link.href = `/run/${encodeURIComponent(branch.run)}`;
      state.replaceChildren("The branch trains: ", link, `. What it says is in ${branch.log}`);
      if (this.#begun) location.assign(link.href);
    }
    state.scrollIntoView({ block: "nearest" });
    announce(state.textContent);
  }

  get command() {
    return part("branch-command").querySelector("code").textContent;
  }

  async #tell() {
    const { command, images, last_stage_alone: alone } = await this.#reach(
      ask(`${this.#path}?images=${this.#images}&rate=${part("rate").value}`),
    );
    part("branch").disabled = !command;
    if (!command) return;
    part("branch-section").hidden = false;
    typeset(part("branch-command").querySelector("code"), command);
    const near = images === this.#images ? "" : ", the nearest that is kept";
    const stage = alone ? " It trains the last stage alone." : "";
    part("branch-told").textContent =
      `A new run begins with the generator at ${count(images)} images${near}: its weights are taken over. The ` +
      `discriminator, both optimizers and the clock begin anew.${stage}`;
  }

  #ask() {
    part("branch-asked").textContent = this.#runs
      ? "This run saves and stops first; its own command goes on with it later. The branch then trains in the background, also when this page is closed."
      : "It trains in the background, also when this page is closed.";
    part("branch-dialog").showModal();
  }

  async #begin() {
    this.#phase = "";
    this.#begun = true;
    part("branch").disabled = true;
    await this.#reach(ask(this.#path, { post: { images: this.#images, rate: Number(part("rate").value) } }));
  }

  async #reach(promise) {
    try {
      return await promise;
    } catch (error) {
      this.silent(error);
      return {};
    }
  }
}
