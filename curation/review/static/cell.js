/** One place of the grid: an element that shows one picture after another. */

import { fillSquare } from "./cropbox.js";
import { sentence } from "./words.js";

/** A new cell in `canvas`; its `state` is "wanted", "loading", "shown" or "failed". */
export function made(canvas) {
  const element = document.createElement("div");
  element.className = "cell";
  element.setAttribute("role", "option");
  const light = element.appendChild(document.createElement("div"));
  light.className = "light";
  const image = light.appendChild(document.createElement("img"));
  Object.assign(image, { alt: "", draggable: false, decoding: "async" });
  canvas.append(element);
  return { element, light, image, id: "", place: 0, state: "wanted" };
}

/** Show what is known of the cell's picture, undefined where nothing is known yet: all of it, or its square alone. */
export function paint({ element, light, image }, picture, { square, chosen }) {
  element.dataset.verdict = picture?.by ? picture.verdict : "";
  element.dataset.by = picture?.by ?? "";
  element.classList.toggle("unsaved", Boolean(picture?.unsaved));
  element.classList.toggle("doubtful", Boolean(picture?.doubtful));
  element.setAttribute("aria-label", picture ? sentence(picture) : "loading");
  choose({ element }, chosen);
  const aspect = !square && picture ? picture.width / picture.height : 1;
  light.style.inset = `${Math.max(0, 50 - 50 / aspect)}% ${Math.max(0, 50 - 50 * aspect)}%`;
  if (square && picture) fillSquare(image, picture, picture.crop);
  else image.removeAttribute("style");
}

export function choose({ element }, chosen) {
  element.classList.toggle("chosen", chosen);
  element.setAttribute("aria-selected", chosen);
}
