/** Why a picture is rejected: nine reasons at most, under the digits, each set's own. */

import { keep, recall } from "./kept.js";

const FIRST = [
  "off topic",
  "text or watermark",
  "blurred or spoilt",
  "another style",
  "subject too small",
  "subject cut off",
  "people in it",
  "seen before",
  "rights unclear",
];

export class Reasons {
  #kept;
  #chosen;
  #dialog = document.getElementById("reasons-dialog");

  /** Fill every list of reasons of the page; `chosen(reason)` hears which was taken. */
  constructor(set, chosen) {
    this.#kept = `housegan reasons ${set}`;
    this.#chosen = chosen;
    this.list = remembered(this.#kept) ?? FIRST;
    this.#dialog.addEventListener("close", () => this.#dialog.returnValue === "save" && this.#save());
    this.#draw();
  }

  /** The reason under a digit, or undefined. */
  under(digit) {
    return this.list[Number(digit) - 1] || undefined;
  }

  #draw() {
    for (const list of document.querySelectorAll("[data-reasons]")) {
      const rows = this.list.map((reason, index) => reason && row(button(reason, index + 1, () => this.#chosen(reason))));
      const edit = button("Other words …", "", () => this.#edit());
      edit.classList.add("quiet");
      list.replaceChildren(...rows.filter(Boolean), row(edit));
    }
  }

  #edit() {
    const fields = Array.from({ length: 9 }, (_, index) => {
      const field = document.createElement("input");
      Object.assign(field, { type: "text", maxLength: 60, value: this.list[index] ?? "" });
      field.setAttribute("aria-label", `Reason ${index + 1}`);
      return row(field);
    });
    this.#dialog.querySelector("ol").replaceChildren(...fields);
    document.querySelector("#reasons-menu:popover-open")?.hidePopover();
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
  }

  #save() {
    this.list = Array.from(this.#dialog.querySelectorAll("input"), (field) => field.value.trim());
    if (!this.list.some(Boolean)) this.list = FIRST;
    keep(this.#kept, JSON.stringify(this.list));
    this.#draw();
  }
}

function button(text, number, act) {
  const made = document.createElement("button");
  made.type = "button";
  const cap = document.createElement("kbd");
  cap.textContent = number;
  made.append(...(number ? [cap] : []), text);
  made.addEventListener("click", act);
  return made;
}

function row(content) {
  const item = document.createElement("li");
  item.append(content);
  return item;
}

function remembered(name) {
  const list = JSON.parse(recall(name));
  return Array.isArray(list) ? list.map(String).slice(0, 9) : null;
}
