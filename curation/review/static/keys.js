/** Which key does what, in one table: the page obeys it and its help shows it. */

import { key } from "/static/keys.js";

/** By mode; "everywhere" holds where a mode has nothing of its own. The left hand reaches all that is needed often. */
export const KEYS = {
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

export const TITLES = {
  single: "One picture",
  crop: "While the crop has the keys",
  grid: "Grid",
  pairs: "Pairs",
  everywhere: "Everywhere",
};
