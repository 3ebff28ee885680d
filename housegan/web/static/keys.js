/** Which key does what, by a table that a page gives: it is obeyed, and shown as help. */

const CAPS = { space: "Space", arrowleft: "←", arrowright: "→", arrowup: "↑", arrowdown: "↓", backspace: "⌫", enter: "↵",
  escape: "Esc", home: "Home", end: "End", pageup: "Page ↑", pagedown: "Page ↓" };

/** A row of the table: `names` are keys in small letters, as in "f" or "arrowleft"; `does` tells people. */
export const key = (command, does, ...names) => ({ command, does, names });

const table = (rows) => new Map(rows.flatMap(({ command, names }) => names.map((name) => [name, command])));
const SCROLLING = ["arrowleft", "arrowright", "arrowup", "arrowdown", "home", "end", "pageup", "pagedown"];

/**
 * Obey `keys`, rows by mode, of which "everywhere" holds where a mode has nothing of its own: `mode()` names the mode
 * that counts now, `commands[mode][command](event, name)` acts.
 */
export function obey(keys, mode, commands) {
  const tables = Object.fromEntries(Object.entries(keys).map(([name, rows]) => [name, table(rows)]));
  addEventListener("keydown", (event) => {
    const name = nameOf(event);
    if (!tables[mode()]) return; // nothing is on screen yet
    if (event.ctrlKey || event.metaKey || event.altKey || taken(event.target, name)) return;
    const where = tables[mode()].has(name) ? mode() : "everywhere";
    const command = tables[where].get(name);
    if (!command) return;
    event.preventDefault();
    commands[where][command]?.(event, name);
  });
}

/** What is printed on the key: letters as they are on this keyboard, or by place where the alphabet is another. */
function nameOf({ key: pressed, code }) {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code);
  if (digit && pressed !== "/" && pressed !== "?" && pressed.length === 1) return digit[1];
  if (pressed === " ") return "space";
  const letter = /^Key([A-Z])$/.exec(code);
  if (letter && pressed.length === 1 && pressed > "\u007f") return letter[1].toLowerCase();
  return pressed.toLowerCase();
}

/** Whether the thing that has the focus needs the key itself. */
function taken(target, name) {
  if (document.querySelector("dialog[open]")) return true;
  if (!(target instanceof Element)) return false;
  if (target.matches("select, textarea, input:not([type=range])")) return true;
  if (target.matches("input[type=range]")) return SCROLLING.includes(name);
  if (name === "escape" && document.querySelector(":popover-open")) return true;
  return target.matches("button, summary, a") && (name === "space" || name === "enter");
}

/** Write `keys` into `element`, each mode under its title. */
export function explain(element, keys, titles) {
  const parts = Object.entries(keys).map(([mode, rows]) => {
    const section = document.createElement("section");
    const title = document.createElement("h3");
    title.textContent = titles[mode];
    const list = document.createElement("dl");
    for (const { does, names } of rows) {
      const caps = document.createElement("dt");
      const shown = names.length === 9 ? ["1", "…", "9"] : names.filter((name) => name !== "=");
      caps.append(...shown.map(cap));
      const told = document.createElement("dd");
      told.textContent = does;
      list.append(caps, told);
    }
    section.append(title, list);
    return section;
  });
  element.replaceChildren(...parts);
}

function cap(name) {
  if (name === "…") return "…";
  const element = document.createElement("kbd");
  element.textContent = CAPS[name] ?? name.toUpperCase();
  return element;
}
