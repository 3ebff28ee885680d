/** Who this window is: the server keeps each window's actions apart, and undo takes back this window's alone. */

import { keep, recall } from "./kept.js";

const KEPT = "housegan window";
const session = () => sessionStorage;
let last = 0;

/** A number for the next action, greater than all before it, also after a reload. */
export function nextNumber() {
  last = Math.max(last + 1, Date.now());
  return last;
}

/**
 * Resolve to this window's name, the same after a reload. A duplicated tab comes with a copy of its original's storage:
 * a lock, held as long as the page lives, tells the two apart.
 */
export async function identify() {
  const kept = recall(KEPT, session);
  // a reloaded page may still be letting go of its lock: that takes a moment, another window takes for ever
  for (let attempt = 0; kept && attempt < 4; attempt++) {
    if (await claim(kept)) return kept;
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  const fresh = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  await claim(fresh);
  keep(KEPT, fresh, session);
  return fresh;
}

/** Take the name of a window that is no more, for as long as this page lives; resolves to whether that worked. */
export function claim(name) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const held = (lock) => {
      resolve(lock !== null);
      return lock && new Promise(() => {}); // never let go
    };
    navigator.locks.request(`housegan window ${name}`, { ifAvailable: true }, held).catch(() => resolve(true));
  });
}
