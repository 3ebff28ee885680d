/** What the browser remembers of one visit to the next; where its storage is switched off, nothing. */

export function recall(name, storage = () => localStorage) {
  try {
    return storage().getItem(name);
  } catch {
    return null;
  }
}

export function keep(name, value, storage = () => localStorage) {
  try {
    if (value === null) storage().removeItem(name);
    else storage().setItem(name, value);
  } catch {
    // then it holds until the page is closed
  }
}
