/** A command to read and to copy: lines break between options alone. */

export function typeset(code, command) {
  if (code.textContent === command) return; // so that what somebody has selected stays so
  const words = command.split(/ (?=--)/).map((text) => Object.assign(document.createElement("span"), { textContent: text }));
  code.replaceChildren(...words.flatMap((word, place) => (place ? [" ", word] : [word])));
}
