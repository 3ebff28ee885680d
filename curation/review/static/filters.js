/** Which pictures are shown: the form under the bar, and the address that remembers it over a reload. */

const WAIT_MS = 250;
const NAMES = ["show", "step", "kind", "source", "order", "q"];

export class Filters {
  #form = document.getElementById("filters");
  #button = document.getElementById("filters-button");
  #timer = 0;
  #pointed = false;
  #changed;

  /** `changed(filters)` hears of every choice. */
  constructor(changed) {
    this.#changed = changed;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#tell();
      document.activeElement.blur();
    });
    this.#form.addEventListener("change", (event) => {
      this.#tell();
      if (this.#pointed && event.target.matches("select")) event.target.blur(); // the keys belong to the pictures again
    });
    this.#form.addEventListener("input", (event) => {
      if (!event.target.matches("input")) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#tell(), WAIT_MS);
    });
    this.#form.elements.q.addEventListener("keydown", (event) => {
      if (event.key === "Escape") event.target.blur();
    });
    addEventListener("pointerdown", () => (this.#pointed = true), true);
    addEventListener("keydown", () => (this.#pointed = false), true);
    this.#button.addEventListener("click", () => this.open(!this.#form.classList.contains("open")));
  }

  get values() {
    return Object.fromEntries(NAMES.map((name) => [name, this.#form.elements[name].value.trim()]).filter(([, value]) => value));
  }

  /** Show other values; those that are left out go back to what shows everything. */
  set(values) {
    for (const name of NAMES) {
      const field = this.#form.elements[name];
      const value = values[name] ?? { show: "all", order: this.#form.dataset.order }[name] ?? "";
      const unknown = field.matches("select") && ![...field.options].some((option) => option.value === value);
      if (unknown) field.append(new Option(value, value)); // an address may be older than the list
      field.value = value;
    }
    this.#dot();
  }

  /** Offer the steps, kinds and sources that the set has. */
  offer({ steps, kinds, sources }) {
    for (const [name, choices] of Object.entries({ step: steps, kind: kinds, source: sources })) {
      const field = this.#form.elements[name];
      const wished = ["", ...choices];
      if ([...field.options].map((option) => option.value).join("\n") === wished.join("\n")) continue;
      const { value } = field;
      if (!wished.includes(value)) wished.push(value);
      field.replaceChildren(...wished.map((choice) => new Option(choice || "any", choice)));
      field.value = value;
      field.closest("label").hidden = choices.length === 0;
    }
  }

  open(open) {
    this.#form.classList.toggle("open", open);
    this.#button.setAttribute("aria-expanded", open);
  }

  search() {
    this.open(true);
    this.#form.elements.q.select();
  }

  #tell() {
    clearTimeout(this.#timer);
    this.#dot();
    this.#changed(this.values);
  }

  #dot() {
    const { show, order, ...narrower } = this.values;
    this.#button.classList.toggle("dotted", show !== "all" || Object.keys(narrower).length > 0);
  }
}

/** What the address says: {view, at, filters}. */
export function fromAddress() {
  const { view, at, ...filters } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  return { view, at, filters: Object.fromEntries(Object.entries(filters).filter(([name]) => NAMES.includes(name))) };
}

/** Write it into the address, without a step in the browser's history. */
export function toAddress({ view, at, filters }) {
  const said = Object.entries({ view, at, ...filters }).filter(([, value]) => value);
  history.replaceState(null, "", `#${new URLSearchParams(said)}`);
}
