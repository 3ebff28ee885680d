/** What is known about one picture and thought of it, beside it. */

import { opinionOf, titleOf, verdictOf } from "./words.js";

const part = (id) => document.getElementById(id);

export function drawFacts(picture) {
  const { what, who, why, saving } = verdictOf(picture);
  const verdict = part("verdict");
  verdict.dataset.by = picture.by ?? "";
  verdict.classList.toggle("unsaved", saving);
  verdict.replaceChildren(
    text("strong", what),
    `${picture.by ? " " : ", "}${who}${why ? `: ${why}` : ""}${saving ? " · saving …" : ""}`,
  );
  part("title").textContent = titleOf(picture);
  part("author").textContent = picture.author ? `by ${picture.author}` : "author unknown";
  part("origin").replaceChildren(...origin(picture));
  part("opinion").replaceChildren(...opinionOf(picture).flatMap(([about, said]) => [text("dt", about), text("dd", said)]));
  for (const deed of document.querySelectorAll("#single [data-do]")) {
    const { do: name } = deed.dataset;
    const mine = picture.by === "person";
    if (name === "keep" || name === "reject") deed.setAttribute("aria-pressed", mine && picture.verdict === name);
    if (name === "withdraw") deed.disabled = !mine;
    if (name === "reset") deed.disabled = picture.crop_by !== "person";
  }
}

function origin({ licence, source, page_url: page }) {
  const told = [licence || "licence unknown", " · "];
  if (!/^https?:\/\//i.test(page ?? "")) return [...told, source || "source unknown"];
  const link = text("a", source || "source");
  Object.assign(link, { href: page, target: "_blank", rel: "noopener noreferrer nofollow" });
  return [...told, link];
}

function text(kind, words) {
  const element = document.createElement(kind);
  element.textContent = words;
  return element;
}
