/** Parts of SVG pictures. */

/** An element, with words in it. */
export function shape(name, attributes = {}, words = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.textContent = words;
  return element;
}

/** Points [x, y] in CSS pixels, joined by straight lines; `closed` is "Z" or nothing. */
export const path = (points, closed = "") =>
  points.map(([x, y], place) => `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("") + closed;
