/** What other windows record, asked for every two seconds while the page is looked at. */

import { ask } from "/static/api.js";

const EVERY_MS = 2000;
const MOST_AT_ONCE = 500;

/** Keep `store` up to date; calls `heard(pictures, pairs, filter)` with what is news, and `silent(error)` where nobody answers. */
export function follow(store, { heard, silent }) {
  let timer = 0;
  let looking = false;

  const look = async () => {
    if (looking) return;
    looking = true;
    clearTimeout(timer);
    let soon = false;
    try {
      if (!document.hidden && store.last !== null) soon = await hear();
    } catch (error) {
      silent(error);
    }
    looking = false;
    timer = setTimeout(look, soon ? 0 : EVERY_MS);
  };

  const hear = async () => {
    const { last, pictures, pairs, filter } = await ask(`/api/changes?since=${store.last}`);
    const more = pictures.length >= MOST_AT_ONCE && last > store.last;
    store.last = Math.max(last, store.last);
    // what this window is about to be told as an answer is no news
    const foreign = new Set(pictures.map(({ id }) => id).filter((id) => !store.isUnsaved(id)));
    heard(store.learn(pictures).filter(({ id }) => foreign.has(id)), pairs, filter);
    return more;
  };

  document.addEventListener("visibilitychange", () => document.hidden || look());
  timer = setTimeout(look, EVERY_MS);
}
