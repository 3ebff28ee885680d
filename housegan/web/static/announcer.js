/** Say to those who can't see the page what has happened: one live region, one sentence at a time. */

const region = document.getElementById("announcer");
let clearing = 0;

export function announce(sentence) {
  if (!sentence) return;
  clearTimeout(clearing);
  region.textContent = region.textContent === sentence ? `${sentence}\u00a0` : sentence;
  clearing = setTimeout(() => (region.textContent = ""), 6000);
}
