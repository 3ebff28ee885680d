/** Which key does what, in one table: the page obeys it and its help shows it. */

const key = (command, does, ...names) => ({ command, does, names });

/** By mode; "everywhere" holds where a mode has nothing of its own. The left hand reaches all that is needed often. */
const KEYS = {
  single: [
    key("keep", "keep, and on to the next", "f"),
    key("reject", "reject, and on to the next", "d"),
    key("because", "reject with the reason of that number", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
    key("next", "next; held down it flips through", "space", "arrowright", "s"),
    key("back", "back; held down it flips through", "a", "arrowleft", "backspace"),
    key("withdraw", "take your word back: the machine’s holds", "e"),
    key("crop", "move the crop by keys", "c"),
    key("reset", "take your crop back: the machine’s holds", "r"),
    key("first", "to the first", "home"),
    key("last", "to the last", "end"),
  ],
  crop: [
    key("left", "left", "a", "arrowleft"),
    key("right", "right", "d", "arrowright"),
    key("up", "up", "w", "arrowup"),
    key("down", "down", "s", "arrowdown"),
    key("smaller", "smaller", "q", "-"),
    key("larger", "larger", "e", "+", "="),
    key("reset", "the machine’s crop", "r"),
    key("keep", "keep, and on to the next", "f"),
    key("done", "done", "c", "space", "enter", "escape"),
  ],
  grid: [
    key("keep", "keep all that are selected", "f"),
    key("reject", "reject them", "d"),
    key("because", "reject them with the reason of that number", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
    key("withdraw", "take your word on them back", "e"),
    key("toggle", "select or not; with ⇧ all from the last one on", "space", "s"),
    key("left", "left; with ⇧ select on the way", "arrowleft"),
    key("right", "right", "arrowright"),
    key("up", "up", "arrowup"),
    key("down", "down", "arrowdown"),
    key("pageUp", "a screen up", "pageup", "w"),
    key("pageDown", "a screen down", "pagedown", "x"),
    key("first", "to the first", "home"),
    key("last", "to the last", "end"),
    key("none", "select nothing", "escape"),
    key("open", "open", "enter", "v"),
    key("squares", "whole pictures or final squares", "c"),
    key("larger", "larger pictures", "+", "="),
    key("smaller", "smaller pictures", "-"),
  ],
  pairs: [
    key("same", "the same picture", "s"),
    key("different", "different pictures", "d"),
    key("first", "the same, and the left one is kept", "1"),
    key("second", "the same, and the right one is kept", "2"),
    key("blink", "held down: the right one in the left one’s place", "b"),
    key("next", "skip", "space", "arrowright"),
    key("back", "back", "a", "arrowleft"),
  ],
  everywhere: [
    key("undo", "undo, as often as you like", "z"),
    key("switch", "grid or single picture", "g"),
    key("twins", "pairs that may be the same", "t"),
    key("search", "search", "/"),
    key("help", "this help", "?", "h"),
  ],
};

const TITLES = {
  single: "One picture",
  crop: "While the crop has the keys",
  grid: "Grid",
  pairs: "Pairs",
  everywhere: "Everywhere",
};
const CAPS = { space: "Space", arrowleft: "←", arrowright: "→", arrowup: "↑", arrowdown: "↓", backspace: "⌫", enter: "↵",
  escape: "Esc", home: "Home", end: "End", pageup: "Page ↑", pagedown: "Page ↓" };

const table = (rows) => new Map(rows.flatMap(({ command, names }) => names.map((name) => [name, command])));
const TABLES = Object.fromEntries(Object.entries(KEYS).map(([mode, rows]) => [mode, table(rows)]));
const SCROLLING = ["arrowleft", "arrowright", "arrowup", "arrowdown", "home", "end", "pageup", "pagedown"];

/** Obey keys: `mode()` names the table that counts now, `commands[mode][command](event, name)` acts. */
export function obey(mode, commands) {
  addEventListener("keydown", (event) => {
    const name = nameOf(event);
    if (!TABLES[mode()]) return; // nothing is on screen yet
    if (event.ctrlKey || event.metaKey || event.altKey || taken(event.target, name)) return;
    const where = TABLES[mode()].has(name) ? mode() : "everywhere";
    const command = TABLES[where].get(name);
    if (!command) return;
    event.preventDefault();
    commands[where][command]?.(event, name);
  });
}

/** What is printed on the key: letters as they are on this keyboard, or by place where the alphabet is another. */
export function nameOf({ key: pressed, code }) {
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

/** Write the table into `element`. */
export function explain(element) {
  const parts = Object.entries(KEYS).map(([mode, rows]) => {
    const section = document.createElement("section");
    const title = document.createElement("h3");
    title.textContent = TITLES[mode];
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
